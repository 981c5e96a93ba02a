package dev.kneepoint.profile;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Profiles that are written are read again as they were. */
class ProfileFolderTest {
    @TempDir
    private Path folder;

    @Test
    void everyShippedProfile_isReadAsItWasWritten() throws IOException {
        ProfileSet shipped = ProfileCatalog.shipped();
        for (DeviceProfile d : shipped.devices().values()) {
            try (Writer w = Files.newBufferedWriter(folder.resolve("device-" + d.name() + ".json"))) {
                ProfileCatalog.write(d, w);
            }
        }
        for (NetworkProfile n : shipped.networks().values()) {
            try (Writer w = Files.newBufferedWriter(folder.resolve("network-" + n.name() + ".json"))) {
                ProfileCatalog.write(n, w);
            }
        }
        for (SoftwareStack s : shipped.stacks().values()) {
            try (Writer w = Files.newBufferedWriter(folder.resolve("stack-" + s.name() + ".json"))) {
                ProfileCatalog.write(s, w);
            }
        }
        assertThat(ProfileCatalog.read(folder)).isEqualTo(shipped);
    }

    @Test
    void oneFile_replacesOneProfile() throws IOException {
        SoftwareStack changed = ProfileCatalog.stack("jax").with("fixedMillis", 77.0);
        try (Writer w = Files.newBufferedWriter(folder.resolve("stack-jax.json"))) {
            ProfileCatalog.write(changed, w);
        }
        Files.writeString(folder.resolve("readme.txt"), "not a profile");
        ProfileSet read = ProfileCatalog.read(folder);
        assertThat(read.stack("jax")).isEqualTo(changed);
        assertThat(read.stack("torchtitan")).isEqualTo(ProfileCatalog.stack("torchtitan"));
        assertThat(read.devices()).isEqualTo(ProfileCatalog.shipped().devices());
    }

    @Test
    void wrongFolders_areNamed() throws IOException {
        assertThatThrownBy(() -> ProfileCatalog.read(folder))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("holds no profile; they are named device-NAME.json");
        assertThatThrownBy(() -> ProfileCatalog.read(folder.resolve("absent")))
                .hasMessageContaining("is no folder that can be read");
        Files.writeString(folder.resolve("stack-x.json"), "{\"name\": \"x\", \"updates\": 3}");
        assertThatThrownBy(() -> ProfileCatalog.read(folder)).hasMessageContaining("stack-x.json");
    }
}
