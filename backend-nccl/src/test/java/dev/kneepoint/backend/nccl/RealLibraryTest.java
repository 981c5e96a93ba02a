package dev.kneepoint.backend.nccl;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.kneepoint.backend.nccl.bindings.nccl_subset_h;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.SymbolLookup;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * The bindings on NCCL itself, which says something without a GPU too. Run by the profile {@code real-nccl}, which sets
 * {@value #PLACE}.
 */
@Tag("real-nccl")
class RealLibraryTest {
    private static final String PLACE = "kneepoint.test.nccl";

    private static String place() {
        String place = System.getProperty(PLACE, "");
        assertThat(place).as(PLACE).isNotEmpty();
        return place;
    }

    private static NcclLibrary library() {
        return NcclPlaces.of(place(), Map.of(), Path.of("/nowhere"))
                .find()
                .found()
                .orElseThrow();
    }

    @Test
    void version_isThatOfTheArtifact() {
        assertThat(library().version()).isGreaterThanOrEqualTo(NcclVersion.ofCode(22304));
        assertThat(library().has(NcclFeature.USER_BUFFERS)).isTrue();
    }

    @Test
    void everyFunction_isThere() {
        assertThat(library().name()).isNotEmpty();
        SymbolLookup symbols = SymbolLookup.libraryLookup(Path.of(place()).resolve(NcclLibrary.FILE), Arena.global());
        List<String> functions = Arrays.stream(nccl_subset_h.class.getDeclaredMethods())
                .filter(m -> m.getReturnType() == FunctionDescriptor.class)
                .map(m -> m.getName().replace("$descriptor", ""))
                .toList();
        assertThat(functions)
                .hasSize(27)
                .allSatisfy(f -> assertThat(symbols.find(f)).isPresent());
    }

    @Test
    void results_haveTexts() {
        NcclLibrary library = library();
        assertThat(library.failure(NcclResult.INVALID_USAGE, "x")).hasMessageContaining("invalid usage");
        assertThat(library.failure(NcclResult.REMOTE_ERROR, "x")).hasMessageContaining("remote process");
    }

    @Test
    void ids_differ() {
        NcclUniqueId one = library().uniqueId();
        assertThat(one).isNotEqualTo(library().uniqueId());
        assertThat(one.bytes()).isNotEqualTo(new byte[NcclUniqueId.BYTES]);
    }

    /** Where there is a GPU it joins; without one NCCL says so, and comes back. */
    @Test
    void joining_comesBack() {
        NcclLibrary library = library();
        NcclUniqueId id = library.uniqueId();
        NcclPatience patience = NcclPatience.of(Duration.ofSeconds(60));
        assertThatThrownBy(() -> {
                    NcclComm.init(library, id, 1, 0, patience).close();
                    throw new IllegalStateException("there is a GPU");
                })
                .isInstanceOfAny(NcclException.class, IllegalStateException.class)
                .hasMessageMatching("(?s)there is a GPU|NCCL: ncclCommInitRankConfig of rank 0 of 1 failed with"
                        + " ncclUnhandledCudaError \\(1\\).*");
    }

    @Test
    void groups_areEmpty() {
        try (NcclGroup group = library().group()) {
            assertThat(group.isOpen()).isTrue();
        }
    }
}
