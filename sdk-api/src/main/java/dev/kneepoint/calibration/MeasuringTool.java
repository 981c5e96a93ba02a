package dev.kneepoint.calibration;

import com.google.common.collect.ImmutableSortedMap;
import dev.kneepoint.annotation.Incubating;
import dev.kneepoint.internal.json.JsonFiles;
import dev.kneepoint.internal.json.JsonValue;
import dev.kneepoint.units.Checks;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What a measurement adds to the time of the thing measured. It belongs to the row, not to the device or the fabric.
 *
 * @param name for example {@code nccl-tests}
 * @param source what the tool times
 * @param kernelMicros added to a compute kernel, microseconds
 * @param collectiveMicros added to a collective, microseconds
 * @param shardCopies copies of the rank's own shard that an out-of-place collective makes beside the transfer
 * @param bufferCopies copies of the whole buffer that it makes of an all-reduce
 * @since 0.1
 */
@Incubating
public record MeasuringTool(
        String name,
        String source,
        double kernelMicros,
        double collectiveMicros,
        double shardCopies,
        double bufferCopies) {
    /** Bytes that a copy moves per byte copied: it is read and written. */
    private static final double COPY_TRAFFIC = 2;

    /** Checks the ranges. */
    public MeasuringTool {
        Checks.notBlank("tool", name);
        Checks.notNegative("kernelMicros", kernelMicros);
        Checks.notNegative("collectiveMicros", collectiveMicros);
        Checks.notNegative("shardCopies", shardCopies);
        Checks.notNegative("bufferCopies", bufferCopies);
    }

    /**
     * Seconds that it adds to a collective.
     *
     * @param shard bytes of a rank's own shard
     * @param reduced bytes of an all-reduced buffer, 0 for other collectives
     * @param memoryBandwidth the device's, bytes per second
     * @return seconds
     */
    double collectiveSeconds(double shard, double reduced, double memoryBandwidth) {
        return collectiveMicros * 1e-6
                + COPY_TRAFFIC * (shardCopies * shard + bufferCopies * reduced) / memoryBandwidth;
    }

    /** The tools of the published rows. */
    static SortedMap<String, MeasuringTool> shipped() {
        SortedMap<String, MeasuringTool> out = new TreeMap<>();
        JsonFiles.resource(MeasuringTool.class, "tools.json")
                .object()
                .forEach((name, v) -> out.put(name, tool(name, v)));
        return ImmutableSortedMap.copyOf(out);
    }

    private static MeasuringTool tool(String name, JsonValue v) {
        return v.build(() -> new MeasuringTool(
                name,
                v.text("source"),
                v.number("kernel_micros"),
                v.number("collective_micros"),
                v.number("shard_copies"),
                v.number("buffer_copies")));
    }
}
