package dev.kneepoint.backend.nccl;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.kneepoint.backend.cuda.library.LibraryLookup;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CyclicBarrier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What goes wrong, on the double. */
@RequiresGcc
class NcclFaultTest {
    private static final NcclType TYPE = NcclType.FLOAT32;

    private NcclDouble nccl;

    private void start(int size, String... settings) {
        nccl = NcclDouble.reset(size, settings);
    }

    @AfterEach
    void nothingIsLeft() {
        assertThat(nccl.leaks()).isEmpty();
    }

    /** The communicator's asynchronous error, once it is there. */
    private static NcclException error(NcclComm comm) throws InterruptedException {
        for (int i = 0; i < 20_000; i++) {
            if (comm.asyncError().isPresent()) {
                return comm.asyncError().orElseThrow();
            }
            Thread.sleep(1);
        }
        throw new AssertionError("no error has come for 20 s");
    }

    // Calls

    @ParameterizedTest
    @CsvSource({
        "ncclAllReduce, 1, ncclUnhandledCudaError",
        "ncclSend, 2, ncclSystemError",
        "ncclRecv, 3, ncclInternalError",
        "ncclBroadcast, 4, ncclInvalidArgument",
        "ncclReduce, 5, ncclInvalidUsage",
        "ncclAllGather, 6, ncclRemoteError",
        "ncclReduceScatter, 8, ncclTimeout"
    })
    void failure_hasCallCodeAndText(String function, int code, String name) throws Exception {
        start(1, "fail " + function + " 1 " + code);
        TestWorld.run(nccl, 1, (device, comm) -> {
            long memory = device.allocate(4);
            NcclException failure = catchThrowableOfType(NcclException.class, () -> {
                comm.allReduce(memory, memory, 1, TYPE, NcclOp.SUM, device.stream());
                comm.broadcast(memory, memory, 1, TYPE, 0, device.stream());
                comm.reduce(memory, memory, 1, TYPE, NcclOp.SUM, 0, device.stream());
                comm.allGather(memory, memory, 1, TYPE, device.stream());
                comm.reduceScatter(memory, memory, 1, TYPE, NcclOp.SUM, device.stream());
                try (NcclGroup group = nccl.library().group()) {
                    comm.recv(memory, 1, TYPE, 0, device.stream());
                    comm.send(memory, 1, TYPE, 0, device.stream());
                }
            });
            assertThat(failure).hasMessageStartingWith("NCCL: " + function + " failed with " + name + " (" + code);
            assertThat(failure).hasMessageEndingWith("the double was told to fail in " + function);
        });
    }

    @Test
    void failureToJoin_leavesNothing() {
        start(1, "fail ncclCommInitRankConfig 1 2");
        NcclUniqueId id = nccl.library().uniqueId();
        try (TestRank device = TestRank.open(0)) {
            assertThatThrownBy(() -> NcclComm.init(nccl.library(), id, 1, 0, TestWorld.PATIENCE))
                    .isInstanceOf(NcclException.class)
                    .hasMessageStartingWith(
                            "NCCL: ncclCommInitRankConfig of rank 0 of 1 failed with ncclSystemError (2)");
            device.synchronize();
        }
    }

    @Test
    void ranks_areWithinTheirNumber() {
        start(1);
        NcclUniqueId id = nccl.library().uniqueId();
        assertThatIllegalArgumentException()
                .isThrownBy(() -> NcclComm.init(nccl.library(), id, 2, 2, TestWorld.PATIENCE))
                .withMessage("rank must be between 0 and 1, not 2");
    }

    // Joining

    @Test
    void aRankThatNeverComes_endsTheWait() {
        start(2);
        NcclUniqueId id = nccl.library().uniqueId();
        try (TestRank device = TestRank.open(0)) {
            assertThatThrownBy(() -> NcclComm.init(nccl.library(), id, 2, 0, NcclPatience.of(Duration.ofMillis(100))))
                    .isInstanceOf(NcclException.class)
                    .hasMessageEndingWith("failed with ncclInProgress (7): it has not come to an end for 100 ms");
            device.synchronize();
        }
    }

    @Test
    void whoeverCancels_endsTheWait() {
        start(2);
        NcclUniqueId id = nccl.library().uniqueId();
        NcclPatience cancelled = new NcclPatience(Duration.ofMinutes(1), () -> {
            throw new CancellationException();
        });
        try (TestRank device = TestRank.open(0)) {
            assertThatThrownBy(() -> NcclComm.init(nccl.library(), id, 2, 0, cancelled))
                    .isInstanceOf(CancellationException.class);
            device.synchronize();
        }
    }

    @ParameterizedTest
    @CsvSource({
        "2, 0, 2, 0, there are two ranks with number 0",
        "2, 0, 3, 1, 'rank . says that there are . ranks, others say .'"
    })
    void ranksThatDoNotFit_areToldSo(int size, int rank, int otherSize, int otherRank, String why) throws Exception {
        start(2);
        NcclUniqueId id = nccl.library().uniqueId();
        TestWorld.each(2, thread -> {
            try (TestRank device = TestRank.open(thread)) {
                assertThatThrownBy(() -> NcclComm.init(
                                nccl.library(),
                                id,
                                thread == 0 ? size : otherSize,
                                thread == 0 ? rank : otherRank,
                                TestWorld.PATIENCE))
                        .isInstanceOf(NcclException.class)
                        .hasMessageContaining("ncclInvalidUsage (5)")
                        .hasMessageMatching(".*" + why);
                device.synchronize();
            }
        });
    }

    @Test
    void twoRanksOnOneGpu_areRefused() throws Exception {
        start(1);
        NcclUniqueId id = nccl.library().uniqueId();
        TestWorld.each(2, rank -> {
            try (TestRank device = TestRank.open(0)) {
                assertThatThrownBy(() -> NcclComm.init(nccl.library(), id, 2, rank, TestWorld.PATIENCE))
                        .hasMessageContaining("ncclInvalidUsage")
                        .hasMessageContaining("ranks 0 and 1 are both on GPU");
                device.synchronize();
            }
        });
        assertThat(nccl.library().has(NcclFeature.SEVERAL_RANKS_PER_GPU)).isFalse();
    }

    // Communicators of ranks that do not agree

    @ParameterizedTest
    @CsvSource({
        "16, FLOAT32, SUM, ncclAllReduce of 16 float32 by sum",
        "17, FLOAT16, SUM, ncclAllReduce of 17 float16 by sum",
        "17, FLOAT32, MAX, ncclAllReduce of 17 float32 by maximum"
    })
    void differentCollectives_areAnErrorOnAllRanks(int count, NcclType type, NcclOp op, String call) throws Exception {
        start(2);
        TestWorld.start(nccl, 2, (device, comm) -> {
            long memory = device.allocate(100);
            if (comm.rank() == 0) {
                comm.allReduce(memory, memory, 17, TYPE, NcclOp.SUM, device.stream());
            } else {
                comm.allReduce(memory, memory, count, type, op, device.stream());
            }
            device.synchronize();
            assertThat(error(comm))
                    .hasMessageContaining("a collective failed with ncclInvalidUsage (5)")
                    .hasMessageContaining("ncclAllReduce of 17 float32 by sum")
                    .hasMessageContaining(call);
            comm.abort();
        });
        assertThat(nccl.violations()).hasSize(1).first().asString().contains(call);
    }

    @Test
    void aMessageThatMeetsACollective_isAnErrorOnBothRanks() throws Exception {
        start(2);
        TestWorld.start(nccl, 2, (device, comm) -> {
            long memory = device.allocate(4);
            if (comm.rank() == 0) {
                comm.allReduce(memory, memory, 1, TYPE, NcclOp.SUM, device.stream());
            } else {
                comm.send(memory, 1, TYPE, 0, device.stream());
            }
            device.synchronize();
            assertThat(error(comm)).hasMessageContaining("rank 1 calls ncclSend of 1 float32 to rank 0 where rank 0");
            comm.abort();
        });
    }

    @Test
    void messagesOfDifferentSizes_areAnErrorOnBothRanks() throws Exception {
        start(2);
        TestWorld.start(nccl, 2, (device, comm) -> {
            long memory = device.allocate(16);
            if (comm.rank() == 0) {
                comm.recv(memory, 4, TYPE, 1, device.stream());
            } else {
                comm.send(memory, 3, TYPE, 0, device.stream());
            }
            device.synchronize();
            assertThat(error(comm))
                    .hasMessageContaining("ncclSend of 3 float32")
                    .hasMessageContaining("ncclRecv of 4");
            comm.abort();
        });
    }

    @Test
    void memoryThatIsNotThere_isAnError() throws Exception {
        start(1);
        TestWorld.start(nccl, 1, (device, comm) -> {
            long memory = device.allocate(16);
            comm.allReduce(memory, memory, 5, TYPE, NcclOp.SUM, device.stream());
            device.synchronize();
            assertThat(error(comm)).hasMessageContaining("20 bytes at");
            comm.abort();
        });
        assertThat(nccl.violations()).hasSize(1);
    }

    // Abort

    @Test
    void abort_endsWhatIsOnStreamsAndTellsTheOthers() throws Exception {
        start(2);
        CyclicBarrier begun = new CyclicBarrier(2);
        TestWorld.start(nccl, 2, (device, comm) -> {
            long memory = device.allocate(4);
            if (comm.rank() == 0) {
                comm.allReduce(memory, memory, 1, TYPE, NcclOp.SUM, device.stream());
            }
            begun.await();
            if (comm.rank() == 0) {
                assertThat(error(comm))
                        .hasMessageContaining("ncclRemoteError (6)")
                        .hasMessageEndingWith("rank 1 is gone");
                assertThat(device.isDone()).isFalse();
            }
            comm.abort();
            comm.abort();
            device.synchronize();
            comm.close();
        });
        assertThat(nccl.violations()).isEmpty();
    }

    @Test
    void abort_comesFromAnyThreadWhileOthersWait() throws Exception {
        start(2, "silent 1");
        CyclicBarrier stuck = new CyclicBarrier(2);
        TestWorld.start(nccl, 2, (device, comm) -> {
            long memory = device.allocate(4);
            comm.allReduce(memory, memory, 1, TYPE, NcclOp.SUM, device.stream());
            stuck.await();
            Thread other = Thread.ofPlatform().start(() -> {
                for (int i = 0; i < 20; i++) {
                    // The other rank may be gone already.
                    comm.asyncError().ifPresent(e -> assertThat(e.error()).isEqualTo("ncclRemoteError"));
                }
                comm.abort();
            });
            device.synchronize();
            other.join();
            assertThatThrownBy(comm::asyncError)
                    .isInstanceOf(NcclException.class)
                    .hasMessageEndingWith("the communicator was aborted");
            assertThatThrownBy(() -> comm.allReduce(memory, memory, 1, TYPE, NcclOp.SUM, device.stream()))
                    .isInstanceOf(NcclException.class)
                    .hasMessage("NCCL: ncclAllReduce failed with ncclInvalidUsage (5): the communicator was aborted");
        });
    }

    @Test
    void abort_endsAWaitForOthers() throws Exception {
        start(2);
        TestWorld.start(nccl, 2, (device, comm) -> {
            if (comm.rank() == 0) {
                Thread other = Thread.ofPlatform().start(() -> {
                    try {
                        Thread.sleep(50);
                    } catch (InterruptedException e) {
                        Thread.currentThread().interrupt();
                    }
                    comm.abort();
                });
                assertThatThrownBy(() -> comm.split(0, 0)).isInstanceOf(NcclException.class);
                other.join();
            } else {
                assertThat(error(comm)).hasMessageContaining("ncclRemoteError");
                comm.abort();
            }
        });
    }

    @Test
    void asynchronousErrors_areTold() throws Exception {
        start(1, "async 2 2");
        TestWorld.start(nccl, 1, (device, comm) -> {
            long memory = device.allocate(4);
            comm.allReduce(memory, memory, 1, TYPE, NcclOp.SUM, device.stream());
            device.synchronize();
            assertThat(comm.asyncError()).isEmpty();
            comm.allReduce(memory, memory, 1, TYPE, NcclOp.SUM, device.stream());
            assertThat(device.isDone()).isFalse();
            assertThat(error(comm)).hasMessageStartingWith("NCCL: a collective failed with ncclSystemError (2)");
            assertThatThrownBy(() -> comm.allReduce(memory, memory, 1, TYPE, NcclOp.SUM, device.stream()))
                    .hasMessageContaining("ncclAllReduce failed with ncclSystemError");
            assertThatThrownBy(comm::close).hasMessageContaining("ncclCommFinalize failed with ncclSystemError");
            device.synchronize();
        });
    }

    @Test
    void closed_refusesEverything() throws Exception {
        start(1);
        TestWorld.start(nccl, 1, (device, comm) -> {
            comm.close();
            comm.close();
            comm.abort();
            assertThatIllegalStateException()
                    .isThrownBy(() -> comm.allReduce(0, 0, 0, TYPE, NcclOp.SUM, device.stream()))
                    .withMessage("this communicator is closed");
        });
        assertThat(nccl.violations()).isEmpty();
    }

    @Test
    void close_lastsNoLongerThanThePatience() throws Exception {
        start(2);
        NcclUniqueId id = nccl.library().uniqueId();
        CyclicBarrier end = new CyclicBarrier(2);
        TestWorld.each(2, rank -> {
            try (TestRank device = TestRank.open(rank)) {
                NcclComm comm = NcclComm.init(nccl.library(), id, 2, rank, NcclPatience.of(Duration.ofMillis(500)));
                if (rank == 0) {
                    assertThatThrownBy(comm::close).hasMessageContaining("it has not come to an end for 500 ms");
                }
                end.await();
                comm.abort();
                device.synchronize();
            }
        });
    }

    // The library

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
