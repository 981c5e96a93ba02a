package dev.kneepoint.backend.nccl;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CyclicBarrier;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Groups, messages, parts of communicators and the order of calls, on the double. */
@RequiresGcc
class NcclGroupTest extends OnNcclDouble {
    private static final NcclType TYPE = NcclType.INT32;

    @AfterEach
    void nothingIsWrong() {
        assertThat(nccl.violations()).isEmpty();
    }

    private static double[] read(TestRank device, long memory, int count) {
        return Elements.decode(TYPE, device.download(memory, count * TYPE.bytes()));
    }

    private static double[] numbers(int first, int count) {
        return IntStream.range(first, first + count).asDoubleStream().toArray();
    }

    /** All-to-all is what NCCL has no collective for in every version. */
    @ParameterizedTest
    @ValueSource(ints = {1, 2, 4, 8})
    void messagesOfAGroup_doNotWaitForEachOther(int size) throws Exception {
        start(size, "late 2");
        int count = 20_001;
        TestWorld.run(nccl, size, (device, comm) -> {
            int rank = comm.rank();
            long from = device.upload(Elements.encode(TYPE, numbers(rank * 1000, count * size)));
            long to = device.allocate(4L * count * size);
            try (NcclGroup group = nccl.library().group()) {
                for (int peer = 0; peer < size; peer++) {
                    comm.send(from + 4L * count * peer, count, TYPE, peer, device.stream());
                    comm.recv(to + 4L * count * peer, count, TYPE, peer, device.stream());
                }
            }
            double[] out = read(device, to, count * size);
            for (int peer = 0; peer < size; peer++) {
                assertThat(out[peer * count]).isEqualTo(peer * 1000 + rank * count);
                assertThat(out[peer * count + count - 1]).isEqualTo(peer * 1000 + rank * count + count - 1);
            }
        });
    }

    @Test
    void aLoneSend_holdsItsStreamUntilItIsReceived() throws Exception {
        start(2);
        CyclicBarrier asked = new CyclicBarrier(2);
        TestWorld.run(nccl, 2, (device, comm) -> {
            long memory = device.upload(Elements.encode(TYPE, comm.rank() + 5));
            if (comm.rank() == 0) {
                comm.send(memory, 1, TYPE, 1, device.stream());
                for (int i = 0; i < 50; i++) {
                    assertThat(device.isDone()).isFalse();
                }
                asked.await();
                device.synchronize();
            } else {
                asked.await();
                comm.recv(memory, 1, TYPE, 0, device.stream());
                assertThat(read(device, memory, 1)).containsExactly(5);
            }
        });
    }

    @Test
    void messagesBetweenTwoRanks_keepTheirOrder() throws Exception {
        start(2);
        TestWorld.run(nccl, 2, (device, comm) -> {
            List<Long> memory = new ArrayList<>();
            for (int i = 0; i < 10; i++) {
                memory.add(device.upload(Elements.encode(TYPE, comm.rank() == 0 ? i : -1)));
            }
            try (NcclGroup group = nccl.library().group()) {
                for (long m : memory) {
                    if (comm.rank() == 0) {
                        comm.send(m, 1, TYPE, 1, device.stream());
                    } else {
                        comm.recv(m, 1, TYPE, 0, device.stream());
                    }
                }
            }
            for (int i = 0; i < 10; i++) {
                assertThat(read(device, memory.get(i), 1)).containsExactly(i);
            }
        });
    }

    @Test
    void nothingOfAGroup_isOnAStreamBeforeTheOutermostEnds() throws Exception {
        start(1);
        TestWorld.run(nccl, 1, (device, comm) -> {
            long from = device.upload(Elements.encode(TYPE, 1, 2, 3));
            long to = device.upload(Elements.encode(TYPE, 0, 0, 0));
            try (NcclGroup outer = nccl.library().group()) {
                try (NcclGroup inner = nccl.library().group()) {
                    comm.allReduce(from, to, 3, TYPE, NcclOp.SUM, device.stream());
                }
                assertThat(read(device, to, 3)).containsExactly(0, 0, 0);
            }
            assertThat(read(device, to, 3)).containsExactly(1, 2, 3);
        });
    }

    /** One thread for all ranks, as a process with several GPUs may have it. */
    @ParameterizedTest
    @ValueSource(ints = {1, 2, 4, 8})
    void oneThread_hasAllRanks(int size) {
        start(size, "late 1");
        List<TestRank> devices = new ArrayList<>();
        List<NcclComm> comms = new ArrayList<>();
        List<Long> memory = new ArrayList<>();
        NcclUniqueId id = nccl.library().uniqueId();
        try (NcclGroup group = nccl.library().group()) {
            for (int rank = 0; rank < size; rank++) {
                devices.add(TestRank.open(rank));
                comms.add(NcclComm.init(nccl.library(), id, size, rank, TestWorld.PATIENCE));
            }
        }
        for (int rank = 0; rank < size; rank++) {
            assertThat(comms.get(rank).device()).isEqualTo(rank);
            memory.add(devices.get(rank).upload(Elements.encode(TYPE, rank, 1)));
        }
        try (NcclGroup group = nccl.library().group()) {
            for (int rank = 0; rank < size; rank++) {
                comms.get(rank)
                        .allReduce(memory.get(rank), memory.get(rank), 2, TYPE, NcclOp.SUM, devices.get(rank).stream());
            }
        }
        for (int rank = 0; rank < size; rank++) {
            assertThat(read(devices.get(rank), memory.get(rank), 2)).containsExactly(size * (size - 1) / 2, size);
        }
        NcclComm.closeAll(comms);
        devices.forEach(TestRank::close);
    }

    @Test
    void callsOfACommunicator_runInTheirOrderOnWhateverStreams() throws Exception {
        start(2);
        TestWorld.run(nccl, 2, (device, comm) -> {
            try (TestRank other = TestRank.open(comm.rank())) {
                long memory = device.upload(Elements.encode(TYPE, 1));
                comm.allReduce(memory, memory, 1, TYPE, NcclOp.SUM, device.stream());
                comm.allReduce(memory, memory, 1, TYPE, NcclOp.PROD, other.stream());
                other.synchronize();
                assertThat(read(device, memory, 1)).containsExactly(4);
            }
        });
    }

    @Test
    void parts_areOrderedByKeyAndHaveTheirOwnCollectives() throws Exception {
        start(6, "late 1");
        TestWorld.run(nccl, 6, (device, comm) -> {
            int rank = comm.rank();
            if (rank == 5) {
                comm.skipSplit();
                return;
            }
            try (NcclComm part = comm.split(rank % 2, -rank)) {
                int size = rank % 2 == 0 ? 3 : 2;
                assertThat(part.size()).isEqualTo(size);
                assertThat(part.rank()).isEqualTo(rank % 2 == 0 ? 2 - rank / 2 : 1 - rank / 2);
                long memory = device.upload(Elements.encode(TYPE, rank));
                part.allReduce(memory, memory, 1, TYPE, NcclOp.SUM, device.stream());
                assertThat(read(device, memory, 1)).containsExactly(rank % 2 == 0 ? 6 : 4);
            }
        });
    }

    @Test
    void splitsOfSeveralRanks_standInOneGroup() {
        start(4);
        List<TestRank> devices = new ArrayList<>();
        List<NcclComm> comms = new ArrayList<>();
        List<NcclComm> parts = new ArrayList<>();
        NcclUniqueId id = nccl.library().uniqueId();
        try (NcclGroup group = nccl.library().group()) {
            for (int rank = 0; rank < 4; rank++) {
                devices.add(TestRank.open(rank));
                comms.add(NcclComm.init(nccl.library(), id, 4, rank, TestWorld.PATIENCE));
            }
        }
        try (NcclGroup group = nccl.library().group()) {
            for (int rank = 0; rank < 4; rank++) {
                parts.add(comms.get(rank).split(rank / 2, 0));
            }
        }
        assertThat(parts).extracting(NcclComm::rank).containsExactly(0, 1, 0, 1);
        assertThat(parts).extracting(NcclComm::size).containsOnly(2);
        NcclComm.closeAll(parts);
        NcclComm.closeAll(comms);
        devices.forEach(TestRank::close);
    }

    @Test
    void whatIsInAGroup_isNotThereBeforeItEnds() {
        start(1);
        NcclUniqueId id = nccl.library().uniqueId();
        try (TestRank device = TestRank.open(0)) {
            NcclComm comm;
            try (NcclGroup group = nccl.library().group()) {
                comm = NcclComm.init(nccl.library(), id, 1, 0, TestWorld.PATIENCE);
                NcclComm early = comm;
                assertThatIllegalStateException()
                        .isThrownBy(() -> early.allReduce(0, 0, 0, TYPE, NcclOp.SUM, device.stream()))
                        .withMessage("this communicator is not there yet; close its group first");
            }
            comm.close();
        }
    }

    @Test
    void aCallThatFails_letsItsGroupFail() throws Exception {
        start(1);
        TestWorld.run(nccl, 1, (device, comm) -> {
            long memory = device.upload(Elements.encode(TYPE, 3));
            assertThatThrownBy(() -> {
                        try (NcclGroup group = nccl.library().group()) {
                            comm.allReduce(memory, memory, 1, TYPE, NcclOp.PROD, device.stream());
                            comm.broadcast(memory, memory, 1, TYPE, 7, device.stream());
                        }
                    })
                    .isInstanceOf(NcclException.class)
                    .hasMessageContaining("ncclBroadcast failed with ncclInvalidArgument (4)")
                    .hasMessageContaining("7 is no rank of 1");
            assertThat(read(device, memory, 1)).containsExactly(3);
        });
    }
}
