package dev.kneepoint.backend.nccl;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Ranks that do not bring the same to a call, on the double. */
@RequiresGcc
class NcclDisagreementTest extends OnNcclDouble {
    private static final NcclType TYPE = NcclType.FLOAT32;

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
            assertThat(TestWorld.error(comm))
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
            assertThat(TestWorld.error(comm))
                    .hasMessageContaining("rank 1 calls ncclSend of 1 float32 to rank 0 where rank 0");
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
            assertThat(TestWorld.error(comm))
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
            assertThat(TestWorld.error(comm)).hasMessageContaining("20 bytes at");
            comm.abort();
        });
        assertThat(nccl.violations()).hasSize(1);
    }
}
