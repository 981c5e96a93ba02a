package dev.kneepoint.backend.nccl;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.kneepoint.backend.cuda.DoubleConfig;
import dev.kneepoint.backend.nccl.bindings.ncclUniqueId;
import dev.kneepoint.backend.nccl.bindings.nccl_subset_h;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.concurrent.CyclicBarrier;
import jcuda.driver.CUevent;
import jcuda.driver.JCudaDriver;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What the double is stricter in than our own layer lets anybody try, by the bindings themselves. */
@RequiresGcc
class NcclDoubleTest {
    private static final NcclType TYPE = NcclType.INT32;
    private static final int SUCCESS = NcclResult.SUCCESS;

    private static MemorySegment join(NcclLibrary library, NcclUniqueId id, int size, int rank, Arena arena) {
        assertThat(library.version()).isGreaterThanOrEqualTo(NcclVersion.OLDEST);
        MemorySegment memory = ncclUniqueId.allocate(arena);
        id.write(memory);
        MemorySegment out = arena.allocate(ADDRESS);
        assertThat(nccl_subset_h.ncclCommInitRank(out, size, memory, rank)).isEqualTo(SUCCESS);
        return out.get(ADDRESS, 0);
    }

    /** As a program in C would go about it that lets calls wait. */
    @Test
    void callsThatWait_return_whenAllHaveCome() throws Exception {
        NcclDouble nccl = NcclDouble.reset(3);
        NcclLibrary library = nccl.library();
        NcclUniqueId id = library.uniqueId();
        TestWorld.each(3, rank -> {
            try (TestRank device = TestRank.open(rank);
                    Arena arena = Arena.ofConfined()) {
                MemorySegment comm = join(library, id, 3, rank, arena);
                MemorySegment out = arena.allocate(ADDRESS);
                assertThat(nccl_subset_h.ncclCommSplit(comm, 0, -rank, out, MemorySegment.NULL))
                        .isEqualTo(SUCCESS);
                MemorySegment part = out.get(ADDRESS, 0);
                MemorySegment number = arena.allocate(JAVA_INT);
                assertThat(nccl_subset_h.ncclCommUserRank(part, number)).isEqualTo(SUCCESS);
                assertThat(number.get(JAVA_INT, 0)).isEqualTo(2 - rank);
                MemorySegment memory = MemorySegment.ofAddress(device.upload(Elements.encode(TYPE, rank)));
                assertThat(nccl_subset_h.ncclAllReduce(
                                memory,
                                memory,
                                1,
                                TYPE.code(),
                                NcclOp.SUM.code(),
                                part,
                                MemorySegment.ofAddress(device.stream())))
                        .isEqualTo(SUCCESS);
                assertThat(nccl_subset_h.ncclCommDestroy(part)).isEqualTo(SUCCESS);
                assertThat(nccl_subset_h.ncclCommDestroy(comm)).isEqualTo(SUCCESS);
                assertThat(Elements.decode(TYPE, device.download(memory.address(), 4)))
                        .containsExactly(3);
            }
        });
        assertThat(nccl.violations()).isEmpty();
        assertThat(nccl.leaks()).isEmpty();
    }

    @Test
    void whatWasDestroyed_isNoCommunicator() {
        NcclDouble nccl = NcclDouble.reset(1);
        try (TestRank device = TestRank.open(0);
                Arena arena = Arena.ofConfined()) {
            MemorySegment comm = join(nccl.library(), nccl.library().uniqueId(), 1, 0, arena);
            device.synchronize();
            assertThat(nccl_subset_h.ncclCommDestroy(comm)).isEqualTo(SUCCESS);
            assertThat(nccl_subset_h.ncclCommDestroy(comm)).isEqualTo(NcclResult.INVALID_ARGUMENT);
            assertThat(nccl_subset_h.ncclCommAbort(comm)).isEqualTo(NcclResult.INVALID_ARGUMENT);
        }
        assertThat(nccl.violations())
                .hasSize(2)
                .allSatisfy(v -> assertThat(v).endsWith("is no communicator, or was destroyed or aborted before"));
    }

    @Test
    void aGroupThatNeverBegan_isTold() {
        NcclDouble nccl = NcclDouble.reset(1);
        assertThat(nccl.library().version()).isGreaterThan(NcclVersion.OLDEST);
        assertThat(nccl_subset_h.ncclGroupEnd()).isEqualTo(NcclResult.INVALID_USAGE);
        assertThat(nccl.violations()).containsExactly("ncclGroupEnd: no group has begun");
    }

    @Test
    void callsBeforeTheLastHasComeThrough_areTold() throws Exception {
        NcclDouble nccl = NcclDouble.reset(1, "late 3");
        TestWorld.run(nccl, 1, (device, comm) -> {
            long memory = device.allocate(4);
            // Without a look at the communicator's state in between, as only the bindings let anybody do.
            try (NcclGroup group = nccl.library().group()) {
                comm.allReduce(memory, memory, 1, TYPE, NcclOp.SUM, device.stream());
                assertThat(nccl_subset_h.ncclGroupEnd()).isEqualTo(NcclResult.IN_PROGRESS);
                assertThat(nccl_subset_h.ncclGroupStart()).isEqualTo(SUCCESS);
                assertThatThrownBy(() -> comm.allReduce(memory, memory, 1, TYPE, NcclOp.SUM, device.stream()))
                        .hasMessageContaining("ncclInvalidUsage")
                        .hasMessageEndingWith("the communicator is not ready");
                assertThat(nccl_subset_h.ncclGroupEnd()).isEqualTo(NcclResult.INVALID_USAGE);
                assertThat(nccl_subset_h.ncclGroupStart()).isEqualTo(SUCCESS);
            }
        });
        assertThat(nccl.violations()).containsExactly("ncclAllReduce: what was called before is still in progress");
    }

    @Test
    void whatNobodyEnds_isALeak() {
        NcclDouble nccl = NcclDouble.reset(1);
        try (TestRank device = TestRank.open(0)) {
            NcclComm comm = NcclComm.init(nccl.library(), nccl.library().uniqueId(), 1, 0, TestWorld.PATIENCE);
            long memory = nccl.library().allocate(16);
            long registration = comm.register(memory, 16);
            assertThat(nccl.leaks())
                    .contains(
                            "rank 0 of 1 of a communicator was neither destroyed nor aborted",
                            "1 buffers of it were not deregistered",
                            "1 pieces of memory were not given back");
            comm.deregister(registration);
            nccl.library().free(memory);
            comm.close();
            device.synchronize();
        }
        assertThat(nccl.leaks()).isEmpty();
    }

    @Test
    void typesOfLaterVersions_areRefused() {
        NcclDouble nccl = NcclDouble.reset(1, "version 22304");
        try (TestRank device = TestRank.open(0);
                NcclComm comm = NcclComm.init(nccl.library(), nccl.library().uniqueId(), 1, 0, TestWorld.PATIENCE)) {
            long memory = device.allocate(4);
            assertThatThrownBy(
                            () -> comm.allReduce(memory, memory, 1, NcclType.FLOAT8_E4M3, NcclOp.SUM, device.stream()))
                    .hasMessageContaining("ncclInvalidArgument")
                    .hasMessageEndingWith("10 is no type of this version");
        }
    }

    @Test
    void settingsThatItDoesNotKnow_areNamed() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> NcclDouble.reset(1, "late 1; later 2"))
                .withMessage("nccl_double_reset does not understand [ later 2]");
    }

    /** In whatever order commands run: what is ordered by events is right. */
    @ParameterizedTest
    @EnumSource(DoubleConfig.Order.class)
    void collectives_waitForEventsOfOtherStreams(DoubleConfig.Order order) throws Exception {
        for (int seed = 0; seed < 5; seed++) {
            NcclDouble nccl = NcclDouble.reset(DoubleConfig.of(4).with(order).withSeed(seed));
            TestWorld.run(nccl, 4, (device, comm) -> {
                try (TestRank other = TestRank.open(comm.rank())) {
                    long memory = device.upload(Elements.encode(TYPE, 1));
                    for (int i = 0; i < 4; i++) {
                        TestRank here = i % 2 == 0 ? device : other;
                        comm.allReduce(memory, memory, 1, TYPE, NcclOp.SUM, here.stream());
                        CUevent event = new CUevent();
                        TestRank.ok(JCudaDriver.cuEventCreate(event, 2));
                        TestRank.ok(JCudaDriver.cuEventRecord(event, here.handle()));
                        TestRank.ok(JCudaDriver.cuStreamWaitEvent((i % 2 == 0 ? other : device).handle(), event, 0));
                        TestRank.ok(JCudaDriver.cuEventDestroy(event));
                    }
                    assertThat(Elements.decode(TYPE, device.download(memory, 4)))
                            .containsExactly(256);
                }
            });
            assertThat(nccl.violations()).isEmpty();
            assertThat(nccl.leaks()).isEmpty();
        }
    }

    /** A device would come on with it, though its host asks for nothing. */
    @Test
    void aRankThatAsksForNothing_doesNotHoldTheOthersUp() throws Exception {
        NcclDouble nccl = NcclDouble.reset(2);
        CyclicBarrier done = new CyclicBarrier(2);
        TestWorld.run(nccl, 2, (device, comm) -> {
            long memory = device.upload(Elements.encode(TYPE, 4));
            comm.allReduce(memory, memory, 1, TYPE, NcclOp.SUM, device.stream());
            if (comm.rank() == 0) {
                device.synchronize();
            }
            done.await();
            assertThat(Elements.decode(TYPE, device.download(memory, 4))).containsExactly(8);
        });
    }

    /** Two communicators whose calls the ranks order differently would hang. */
    @Test
    void streamsOfDifferentCommunicators_goOnBesideEachOther() throws Exception {
        NcclDouble nccl = NcclDouble.reset(2);
        TestWorld.run(nccl, 2, (device, comm) -> {
            try (TestRank other = TestRank.open(comm.rank());
                    NcclComm twin = comm.split(0, 0)) {
                long memory = device.upload(Elements.encode(TYPE, 1));
                long more = device.upload(Elements.encode(TYPE, 2));
                for (NcclComm next : comm.rank() == 0 ? List.of(comm, twin) : List.of(twin, comm)) {
                    if (next == comm) {
                        comm.allReduce(memory, memory, 1, TYPE, NcclOp.SUM, device.stream());
                    } else {
                        twin.allReduce(more, more, 1, TYPE, NcclOp.SUM, other.stream());
                    }
                }
                other.synchronize();
                assertThat(Elements.decode(TYPE, device.download(memory, 4))).containsExactly(2);
                assertThat(Elements.decode(TYPE, device.download(more, 4))).containsExactly(4);
            }
        });
        assertThat(nccl.violations()).isEmpty();
    }
}
