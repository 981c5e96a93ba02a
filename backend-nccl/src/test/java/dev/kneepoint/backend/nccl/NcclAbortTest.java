package dev.kneepoint.backend.nccl;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.concurrent.CyclicBarrier;
import org.junit.jupiter.api.Test;

/** Aborts and errors that come later than the call, on the double. */
@RequiresGcc
class NcclAbortTest extends OnNcclDouble {
    private static final NcclType TYPE = NcclType.FLOAT32;

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
                assertThat(TestWorld.error(comm))
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
                assertThat(TestWorld.error(comm)).hasMessageContaining("ncclRemoteError");
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
            assertThat(TestWorld.error(comm))
                    .hasMessageStartingWith("NCCL: a collective failed with ncclSystemError (2)");
            assertThatThrownBy(() -> comm.allReduce(memory, memory, 1, TYPE, NcclOp.SUM, device.stream()))
                    .hasMessageContaining("ncclAllReduce failed with ncclSystemError");
            assertThatThrownBy(comm::close).hasMessageContaining("ncclCommFinalize failed with ncclSystemError");
            device.synchronize();
        });
    }
}
