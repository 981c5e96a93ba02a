package dev.kneepoint.backend.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import dev.kneepoint.backend.cuda.library.LibraryLookup;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Where cuBLAS is found, and what is said when it is not. */
@RequiresCompiler({"g++", "gcc"})
class CublasPlacesTest {
    private static CublasPlaces folders(Path... folders) {
        return new CublasPlaces(false, List.of(folders));
    }

    private static Path of12() {
        return NativeDoubles.cublas().getParent();
    }

    private static Path of13() {
        return NativeDoubles.cublas13().getParent();
    }

    @Test
    void theLatestIsFound() {
        CublasLibrary found = folders(of12(), of13()).find(13).found().orElseThrow();
        assertThat(found.version()).isEqualTo("13.4.5");
        assertThat(found.name()).isEqualTo(NativeDoubles.cublas13().toString());
    }

    @Test
    void oneThatIsNewerThanTheDriver_isNot() {
        assertThat(folders(of13(), of12()).find(12).found().orElseThrow().version())
                .isEqualTo("12.4.5");
        assertThat(folders(of13()).find(12).reason()).isEqualTo("no libcublas.so.12 in " + of13());
    }

    @Test
    void aNewerDriver_takesAnOlderOne() {
        assertThat(folders(of12()).find(14).found().orElseThrow().version()).isEqualTo("12.4.5");
    }

    @Test
    void anOldDriver_isToldWhatItLacks() {
        assertThat(folders(of12()).find(11).reason())
                .isEqualTo("the driver is made for CUDA 11, and cuBLAS must be of 12 or 13; update the driver");
    }

    @Test
    void nothing_isAnswerWithPlaces(@TempDir Path empty) {
        LibraryLookup<CublasLibrary> lookup =
                folders(empty, empty.resolve("nowhere")).find(13);
        assertThat(lookup.found()).isEmpty();
        assertThat(lookup.reason())
                .isEqualTo("no libcublas.so.13 or libcublas.so.12 in " + empty + ", " + empty.resolve("nowhere"));
    }

    @Test
    void theLoader_isAsked() {
        LibraryLookup<CublasLibrary> lookup = new CublasPlaces(true, List.of()).find(13);
        // Whether this machine has one is not ours to say.
        assertThat(lookup.found().isPresent()
                        || lookup.reason().equals("no libcublas.so.13 or libcublas.so.12 on the loader's path"))
                .isTrue();
    }

    @Test
    void aLibraryWithoutAFunction_isAnAnswer() {
        Path library = NativeDoubles.unrelated("unrelated", "libcublas.so.12");
        assertThat(folders(library.getParent()).find(12).reason()).isEqualTo(library + " lacks cublasCreate_v2");
        assertThat(CublasLibrary.open(library.toString()).reason()).isEqualTo(library + " lacks cublasCreate_v2");
    }

    @Test
    void aLibraryThatDoesNotLoad_isAnAnswer() {
        Path file = NativeDoubles.broken("broken12", "libcublas.so.12");
        assertThat(folders(file.getParent()).find(12).reason())
                .isEqualTo(file + " cannot be loaded; see what it lacks with ldd");
    }

    @Test
    void aBrokenOne_doesNotHideAnother() {
        Path file = NativeDoubles.broken("broken13", "libcublas.so.13");
        assertThat(folders(file.getParent(), of12())
                        .find(13)
                        .found()
                        .orElseThrow()
                        .version())
                .isEqualTo("12.4.5");
    }

    @Test
    void aLibraryThatDoesNotSayItsVersion_isAnAnswer() {
        DoubleControls.cublas().fail("cublasGetProperty", 2, 1);
        assertThat(CublasLibrary.open(NativeDoubles.cublas().toString()).reason())
                .isEqualTo(NativeDoubles.cublas() + " does not say its version: CUBLAS_STATUS_NOT_INITIALIZED (1)");
    }

    @Test
    void usualPlaces_beginWithWhatTheEnvironmentNames() {
        CublasPlaces usual = CublasPlaces.usual(Map.of("CUDA_PATH", "/b", "CUDA_HOME", "/a"));
        assertThat(usual.byLoader()).isTrue();
        assertThat(usual.folders())
                .startsWith(
                        Path.of("/a/lib64"),
                        Path.of("/a/targets/x86_64-linux/lib"),
                        Path.of("/b/lib64"),
                        Path.of("/b/targets/x86_64-linux/lib"),
                        Path.of("/usr/local/cuda/lib64"),
                        Path.of("/usr/local/cuda/targets/x86_64-linux/lib"))
                .endsWith(Path.of("/usr/lib/x86_64-linux-gnu"))
                .doesNotHaveDuplicates();
    }

    @Test
    void laterToolkits_areAskedFirst(@TempDir Path folder) throws IOException {
        for (String name : List.of("cuda-12.4", "cuda-13.0", "lib")) {
            Files.createDirectory(folder.resolve(name));
        }
        assertThat(CublasPlaces.toolkits(folder))
                .containsExactly(folder.resolve("cuda"), folder.resolve("cuda-13.0"), folder.resolve("cuda-12.4"));
    }

    // cuBLASLt

    @Test
    void cublasLt_isFoundBesideCublas() {
        CublasLibrary cublas = folders(of12()).find(12).found().orElseThrow();
        assertThat(CublasLtLibrary.beside(cublas).found()).isPresent();
    }

    @Test
    void cublasLt_mayBeMissing() {
        CublasLibrary cublas = folders(of13()).find(13).found().orElseThrow();
        LibraryLookup<CublasLtLibrary> lookup = CublasLtLibrary.beside(cublas);
        assertThat(lookup.found().isPresent()
                        || lookup.reason().equals("libcublasLt.so.13 cannot be loaded; see what it lacks with ldd"))
                .isTrue();
    }
}
