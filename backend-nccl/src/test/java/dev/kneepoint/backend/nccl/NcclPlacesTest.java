package dev.kneepoint.backend.nccl;

import static org.assertj.core.api.Assertions.assertThat;

import dev.kneepoint.backend.cuda.library.LibraryLookup;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NcclPlacesTest {
    @TempDir
    private Path folder;

    private Path file(String path) throws IOException {
        Path file = folder.resolve(path);
        Files.createDirectories(file.getParent());
        return Files.writeString(file, "no library");
    }

    @Test
    void option_goesBeforeTheVariable() {
        NcclPlaces places = NcclPlaces.of("/a/libnccl.so.2", Map.of("KNEEPOINT_NCCL", "/b"), folder);
        assertThat(places.places()).containsExactly(Path.of("/a/libnccl.so.2"));
        assertThat(places.byLoader()).isFalse();
    }

    @Test
    void variable_goesBeforeTheUsualPlaces() {
        NcclPlaces places = NcclPlaces.of("", Map.of("KNEEPOINT_NCCL", "/b", "CONDA_PREFIX", "/c"), folder);
        assertThat(places.places()).containsExactly(Path.of("/b"));
        assertThat(places.byLoader()).isFalse();
    }

    @Test
    void usualPlaces_areThoseOfPipAndConda() throws IOException {
        file("venv/lib/python3.11/site-packages/nvidia/nccl/lib/libnccl.so.2");
        file("home/.local/lib/python3.9/site-packages/nvidia/nccl/lib/libnccl.so.2");
        Path conda = folder.resolve("conda");
        NcclPlaces places = NcclPlaces.of(
                "",
                Map.of(
                        "VIRTUAL_ENV", folder.resolve("venv").toString(),
                        "CONDA_PREFIX", conda.toString(),
                        "NCCL_HOME", "/opt/nccl"),
                folder.resolve("home"));
        assertThat(places.byLoader()).isTrue();
        assertThat(places.places())
                .startsWith(Path.of("/opt/nccl/lib"))
                .contains(
                        folder.resolve("venv/lib/python3.11/site-packages/nvidia/nccl/lib"),
                        conda.resolve("lib"),
                        folder.resolve("home/.local/lib/python3.9/site-packages/nvidia/nccl/lib"))
                .contains(Path.of("/usr/lib/x86_64-linux-gnu"));
    }

    private static String reason(NcclPlaces places) {
        LibraryLookup<NcclLibrary> lookup = places.find();
        assertThat(lookup.found()).isEmpty();
        return lookup.reason();
    }

    @Test
    void nothingThere_saysWhoAskedForIt() {
        assertThat(reason(NcclPlaces.of(folder.toString(), Map.of(), folder)))
                .isEqualTo("the option names " + folder + ", where there is no libnccl.so.2");
        assertThat(reason(NcclPlaces.of("", Map.of("KNEEPOINT_NCCL", "/nowhere"), folder)))
                .isEqualTo("KNEEPOINT_NCCL names /nowhere, where there is no libnccl.so.2");
    }

    @Test
    void nothingAnywhere_saysWhatToInstall() {
        assertThat(reason(new NcclPlaces(false, List.of(folder), "")))
                .startsWith("no libnccl.so.2 on the loader's path or where pip and conda put it; install it (Debian")
                .contains("nvidia-nccl-cu12")
                .endsWith("KNEEPOINT_NCCL");
    }

    @Test
    void whatIsNoLibrary_isNamed() throws IOException {
        Path file = file("lib/libnccl.so.2");
        assertThat(reason(NcclPlaces.of(file.getParent().toString(), Map.of(), folder)))
                .isEqualTo(file + " cannot be loaded; see what it lacks with ldd");
    }
}
