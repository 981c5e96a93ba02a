package dev.kneepoint.calibration;

import com.google.common.collect.ImmutableSortedMap;
import dev.kneepoint.annotation.Incubating;
import dev.kneepoint.internal.json.JsonOut;
import dev.kneepoint.profile.DeviceProfile;
import dev.kneepoint.profile.NetworkProfile;
import dev.kneepoint.profile.ProfileCatalog;
import java.io.Writer;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The constants that microbenchmarks judge or determine. Immutable.
 *
 * @param devices device profiles by architecture
 * @param networks network profiles by family
 * @param tools measuring tools by name
 * @since 0.1
 */
@Incubating
public record MicrobenchmarkProfiles(
        SortedMap<String, DeviceProfile> devices,
        SortedMap<String, NetworkProfile> networks,
        SortedMap<String, MeasuringTool> tools) {
    /** Copies the maps. */
    public MicrobenchmarkProfiles {
        devices = ImmutableSortedMap.copyOf(devices);
        networks = ImmutableSortedMap.copyOf(networks);
        tools = ImmutableSortedMap.copyOf(tools);
    }

    /**
     * The profiles that ship with the library.
     *
     * @return the profiles
     */
    public static MicrobenchmarkProfiles shipped() {
        return new MicrobenchmarkProfiles(ProfileCatalog.devices(), ProfileCatalog.networks(), MeasuringTool.shipped());
    }

    /**
     * Writes the measuring tools as JSON.
     *
     * @param out where to; not closed
     */
    public void writeTools(Writer out) {
        try (JsonOut json = new JsonOut(out, true)) {
            json.object();
            tools.values().forEach(t -> {
                json.object(t.name()).field("source", t.source());
                json.field("kernel_micros", t.kernelMicros()).field("collective_micros", t.collectiveMicros());
                json.field("shard_copies", t.shardCopies()).field("buffer_copies", t.bufferCopies());
                json.end();
            });
            json.end();
        }
    }

    MicrobenchmarkProfiles with(String architecture, DeviceProfile profile) {
        return new MicrobenchmarkProfiles(replaced(devices, architecture, profile), networks, tools);
    }

    MicrobenchmarkProfiles with(NetworkProfile profile) {
        return new MicrobenchmarkProfiles(devices, replaced(networks, profile.name(), profile), tools);
    }

    MicrobenchmarkProfiles with(MeasuringTool tool) {
        return new MicrobenchmarkProfiles(devices, networks, replaced(tools, tool.name(), tool));
    }

    private static <T> SortedMap<String, T> replaced(SortedMap<String, T> all, String name, T value) {
        SortedMap<String, T> out = new TreeMap<>(all);
        out.put(name, value);
        return out;
    }
}
