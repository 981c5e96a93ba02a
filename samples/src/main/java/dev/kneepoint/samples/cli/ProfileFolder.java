package dev.kneepoint.samples.cli;

import dev.kneepoint.profile.DeviceProfile;
import dev.kneepoint.profile.NetworkProfile;
import dev.kneepoint.profile.ProfileCatalog;
import dev.kneepoint.profile.SoftwareStack;
import dev.kneepoint.report.AtomicFiles;
import java.io.IOException;
import java.nio.file.Path;

/** Writes fitted profiles under the names that {@code --profiles} reads. */
record ProfileFolder(Path path) {
    void write(DeviceProfile device) throws IOException {
        AtomicFiles.write(path.resolve("device-" + device.name() + ".json"), w -> ProfileCatalog.write(device, w));
    }

    void write(NetworkProfile network) throws IOException {
        AtomicFiles.write(path.resolve("network-" + network.name() + ".json"), w -> ProfileCatalog.write(network, w));
    }

    void write(SoftwareStack stack) throws IOException {
        AtomicFiles.write(path.resolve("stack-" + stack.name() + ".json"), w -> ProfileCatalog.write(stack, w));
    }
}
