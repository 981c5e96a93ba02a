package dev.kneepoint.backend.cuda;

import static dev.kneepoint.backend.cuda.DoubleHost.answers;
import static dev.kneepoint.backend.cuda.DoubleHost.enqueue;
import static dev.kneepoint.backend.cuda.DoubleHost.ok;
import static dev.kneepoint.backend.cuda.DoubleHost.open;
import static dev.kneepoint.backend.cuda.DoubleHost.upcall;
import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import jcuda.driver.CUgraph;
import jcuda.driver.CUgraphExec;
import jcuda.driver.CUresult;
import jcuda.driver.JCudaDriver;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What other doubles put on streams that are captured runs as often as their graph, and is dropped once, after that. */
@RequiresCompiler({"g++", "nm"})
class CudaDoubleWorkTest {
    private static final int THREAD_LOCAL = 1;

    private final List<String> seen = new ArrayList<>();
    private final Arena arena = Arena.ofShared();
    private final CudaStream stream = new CudaStream();
    private CudaDouble driver;
    private MemorySegment work;
    private MemorySegment drop;

    @BeforeEach
    void start() {
        driver = CudaDouble.reset(DoubleConfig.of(1));
        open(0);
        ok(JCudaDriver.cuStreamCreate(stream, 1));
        work = upcall(() -> seen.add("ran"), arena);
        drop = upcall(() -> seen.add("dropped"), arena);
    }

    @AfterEach
    void forgetWork() {
        CudaDouble.reset(DoubleConfig.of(1));
        arena.close();
    }

    private int put() {
        return enqueue(driver, MemorySegment.ofAddress(stream.address()), work, drop);
    }

    private CUgraph capture() {
        CUgraph graph = new CUgraph();
        ok(JCudaDriver.cuStreamBeginCapture(stream, THREAD_LOCAL));
        ok(put());
        ok(JCudaDriver.cuStreamEndCapture(stream, graph));
        return graph;
    }

    @Test
    void capturedWork_isDroppedAfterItsLastLaunch() {
        CUgraph graph = capture();
        CUgraphExec exec = new CUgraphExec();
        ok(JCudaDriver.cuGraphInstantiate(exec, graph, 0));
        ok(JCudaDriver.cuGraphDestroy(graph));
        assertThat(seen).isEmpty();
        ok(JCudaDriver.cuGraphLaunch(exec, stream));
        ok(JCudaDriver.cuGraphLaunch(exec, stream));
        ok(JCudaDriver.cuGraphExecDestroy(exec));
        ok(JCudaDriver.cuStreamSynchronize(stream));
        assertThat(seen).containsExactly("ran", "ran", "dropped");
    }

    @Test
    void capturedWorkThatNobodyLaunches_isDroppedWithItsGraph() {
        CUgraph graph = capture();
        assertThat(seen).isEmpty();
        ok(JCudaDriver.cuGraphDestroy(graph));
        assertThat(seen).containsExactly("dropped");
    }

    @Test
    void workThatIsNotTaken_isDroppedAtOnce() {
        driver.failAt("double_enqueue", 1, CUresult.CUDA_ERROR_UNKNOWN);
        answers(put(), CUresult.CUDA_ERROR_UNKNOWN);
        assertThat(seen).containsExactly("dropped");
    }

    @Test
    void graphsThatNobodyDestroys_areLeaks() {
        CUgraph graph = capture();
        ok(JCudaDriver.cuGraphInstantiate(new CUgraphExec(), graph, 0));
        assertThat(driver.leaks())
                .anySatisfy(l -> assertThat(l).startsWith("graph "))
                .anySatisfy(l -> assertThat(l).startsWith("executable graph "));
    }
}
