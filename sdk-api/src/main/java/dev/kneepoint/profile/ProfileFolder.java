package dev.kneepoint.profile;

import dev.kneepoint.internal.json.JsonFiles;
import dev.kneepoint.internal.json.JsonValue;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Stream;

/** Profiles as files of one folder. */
final class ProfileFolder {
    private ProfileFolder() {}

    static ProfileSet read(Path folder, ProfileSet rest) {
        List<Path> files;
        try (Stream<Path> all = Files.list(folder)) {
            files = all.filter(f -> f.toString().endsWith(".json")).sorted().toList();
        } catch (IOException e) {
            throw new IllegalArgumentException(folder + " is no folder that can be read", e);
        }
        TreeMap<String, DeviceProfile> devices = new TreeMap<>(rest.devices());
        TreeMap<String, NetworkProfile> networks = new TreeMap<>(rest.networks());
        TreeMap<String, SoftwareStack> stacks = new TreeMap<>(rest.stacks());
        int found = put(files, "device-", ProfileFiles::device, DeviceProfile::name, devices)
                + put(files, "network-", ProfileFiles::network, NetworkProfile::name, networks)
                + put(files, "stack-", ProfileFiles::stack, SoftwareStack::name, stacks);
        if (found == 0) {
            throw new IllegalArgumentException(folder
                    + " holds no profile; they are named device-NAME.json, network-NAME.json or stack-NAME.json");
        }
        return new ProfileSet(devices, networks, stacks);
    }

    private static <T> int put(
            List<Path> files,
            String prefix,
            Function<JsonValue, T> reader,
            Function<T, String> name,
            TreeMap<String, T> into) {
        int found = 0;
        for (Path file : files) {
            if (file.getFileName().toString().startsWith(prefix)) {
                T profile = reader.apply(JsonFiles.read(file));
                into.put(name.apply(profile), profile);
                found++;
            }
        }
        return found;
    }
}
