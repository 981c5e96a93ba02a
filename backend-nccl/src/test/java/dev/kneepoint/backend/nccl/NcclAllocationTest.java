package dev.kneepoint.backend.nccl;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a collective costs the host's heap. */
@RequiresGcc
class NcclAllocationTest {
    /** With questions for the state that are answered with progress, and without. */
    @ParameterizedTest
    @CsvSource({"0", "2"})
    void calls_allocateNothing(int late) throws Exception {
        NcclDouble nccl = NcclDouble.reset(1, "late " + late);
        NcclLibrary library = nccl.library();
        NcclUniqueId id = library.uniqueId();
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        try (TestRank device = TestRank.open(0);
                NcclComm comm = NcclComm.init(library, id, 1, 0, NcclPatience.of(Duration.ofSeconds(30)))) {
            long memory = device.allocate(4);
            long stream = device.stream();
            long least = Long.MAX_VALUE;
            for (int round = 0; round < 20; round++) {
                long before = threads.getCurrentThreadAllocatedBytes();
                for (int i = 0; i < 200; i++) {
                    calls(library, comm, memory, stream);
                }
                least = Math.min(least, threads.getCurrentThreadAllocatedBytes() - before);
                device.synchronize();
            }
            assertThat(least).as("bytes in 1800 calls").isLessThan(1800);
        }
        assertThat(nccl.violations()).isEmpty();
        assertThat(nccl.leaks()).isEmpty();
    }

    private static void calls(NcclLibrary library, NcclComm comm, long memory, long stream) {
        comm.allReduce(memory, memory, 1, NcclType.FLOAT32, NcclOp.SUM, stream);
        comm.reduce(memory, memory, 1, NcclType.FLOAT32, NcclOp.SUM, 0, stream);
        comm.broadcast(memory, memory, 1, NcclType.FLOAT32, 0, stream);
        comm.allGather(memory, memory, 1, NcclType.FLOAT32, stream);
        comm.reduceScatter(memory, memory, 1, NcclType.FLOAT32, NcclOp.SUM, stream);
        NcclGroup group = library.group();
        comm.send(memory, 1, NcclType.FLOAT32, 0, stream);
        comm.recv(memory, 1, NcclType.FLOAT32, 0, stream);
        group.close();
        if (comm.asyncError().isPresent()) {
            throw comm.asyncError().orElseThrow();
        }
    }
}
