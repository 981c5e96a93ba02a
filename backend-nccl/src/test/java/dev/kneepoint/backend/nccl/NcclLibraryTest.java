package dev.kneepoint.backend.nccl;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.kneepoint.backend.cuda.library.LibraryLookup;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** What a version of the library has, and where it is found, on the double. */
@RequiresGcc
class NcclLibraryTest extends OnNcclDouble {
    private static final NcclType TYPE = NcclType.FLOAT32;

    @Test
    void anOldVersion_saysWhatToInstall() {
        start(1, "version 21704");
        LibraryLookup<NcclLibrary> lookup = NcclLibrary.open(NcclDouble.path().toString());
        assertThat(lookup.reason())
                .isEqualTo(NcclDouble.path() + " is NCCL 2.17.4, and at least 2.18 is needed: install a newer"
                        + " libnccl.so.2 and name it with the variable KNEEPOINT_NCCL");
    }

    @Test
    void aLibraryThatDoesNotSayItsVersion_isMissing() {
        start(1, "fail ncclGetVersion 1 3");
        assertThat(NcclLibrary.open(NcclDouble.path().toString()).reason()).endsWith("ncclInternalError (3)");
    }

    @Test
    void namedPlaces_areWhereItIsFound() {
        start(1);
        NcclPlaces places = NcclPlaces.of(NcclDouble.path().getParent().toString(), Map.of(), Path.of("/nowhere"));
        assertThat(places.find().found().orElseThrow().version()).hasToString("2.23.4");
        assertThat(List.of(NcclFeature.values()))
                .filteredOn(nccl.library()::has)
                .containsExactly(NcclFeature.CONFIG, NcclFeature.SPLIT, NcclFeature.USER_BUFFERS);
    }

    @Test
    void memoryOfNccl_isRegistered() throws Exception {
        start(1);
        TestWorld.run(nccl, 1, (device, comm) -> {
            long memory = nccl.library().allocate(4096);
            long registration = comm.register(memory, 4096);
            comm.allReduce(memory, memory, 1024, TYPE, NcclOp.SUM, device.stream());
            device.synchronize();
            comm.deregister(registration);
            nccl.library().free(memory);
            assertThatThrownBy(() -> comm.register(1, 16)).hasMessageContaining("ncclCommRegister of 16 bytes");
        });
    }

    @Test
    void whatAVersionLacks_isRefused() {
        start(1, "version 21805");
        NcclLibrary old = NcclLibrary.open(NcclDouble.path().toString()).found().orElseThrow();
        assertThatThrownBy(() -> old.allocate(1))
                .isInstanceOf(UnsupportedOperationException.class)
                .hasMessage("NCCL 2.18.5 has no USER_BUFFERS; it came with 2.19.0");
    }
}
