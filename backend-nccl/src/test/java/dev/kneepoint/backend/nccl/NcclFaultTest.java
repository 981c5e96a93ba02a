package dev.kneepoint.backend.nccl;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.time.Duration;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CyclicBarrier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Calls that fail, and communicators that do not come about or are closed, on the double. */
@RequiresGcc
class NcclFaultTest extends OnNcclDouble {
    private static final NcclType TYPE = NcclType.FLOAT32;

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
}
