package dev.kneepoint.backend.cuda;

import static dev.kneepoint.backend.cuda.DoubleHost.ONE_BLOCK;
import static dev.kneepoint.backend.cuda.DoubleHost.allocate;
import static dev.kneepoint.backend.cuda.DoubleHost.answers;
import static dev.kneepoint.backend.cuda.DoubleHost.download;
import static dev.kneepoint.backend.cuda.DoubleHost.event;
import static dev.kneepoint.backend.cuda.DoubleHost.floats;
import static dev.kneepoint.backend.cuda.DoubleHost.function;
import static dev.kneepoint.backend.cuda.DoubleHost.launch;
import static dev.kneepoint.backend.cuda.DoubleHost.load;
import static dev.kneepoint.backend.cuda.DoubleHost.ok;
import static dev.kneepoint.backend.cuda.DoubleHost.open;
import static dev.kneepoint.backend.cuda.DoubleHost.pin;
import static dev.kneepoint.backend.cuda.DoubleHost.stream;
import static dev.kneepoint.backend.cuda.DoubleHost.upload;
import static org.assertj.core.api.Assertions.assertThat;

import jcuda.Pointer;
import jcuda.driver.CUdeviceptr;
import jcuda.driver.CUevent;
import jcuda.driver.CUfunction;
import jcuda.driver.CUgraph;
import jcuda.driver.CUgraphExec;
import jcuda.driver.CUmodule;
import jcuda.driver.CUresult;
import jcuda.driver.CUstream;
import jcuda.driver.JCudaDriver;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Captured commands do not run, launched graphs do, as often as they are launched. */
@RequiresCompiler({"g++", "nm"})
class CudaDoubleGraphTest {
    private static final int GLOBAL = 0;
    private static final int RELAXED = 2;
    private static final int EXTERNAL = 1;

    private CudaDouble driver;
    private CUfunction scale;
    private CUfunction add;

    @BeforeEach
    void start() {
        start(DoubleConfig.of(1));
    }

    private void start(DoubleConfig config) {
        driver = CudaDouble.reset(config);
        open(0);
        CUmodule elements = load(PtxModule.ELEMENTS);
        scale = function(elements, "scale_f32");
        add = function(elements, "add_f32");
    }

    private static void begin(CUstream stream) {
        ok(JCudaDriver.cuStreamBeginCapture(stream, GLOBAL));
    }

    private static CUgraph end(CUstream stream) {
        CUgraph graph = new CUgraph();
        ok(JCudaDriver.cuStreamEndCapture(stream, graph));
        return graph;
    }

    private static CUgraphExec instantiate(CUgraph graph) {
        CUgraphExec exec = new CUgraphExec();
        ok(JCudaDriver.cuGraphInstantiate(exec, graph, 0));
        return exec;
    }

    private void scale(CUdeviceptr x, float factor, CUstream stream) {
        ok(launch(scale, stream, ONE_BLOCK, x, 1L, factor));
    }

    private static void follow(CUstream waits, CUstream comesFirst) {
        CUevent event = event();
        ok(JCudaDriver.cuEventRecord(event, comesFirst));
        ok(JCudaDriver.cuStreamWaitEvent(waits, event, 0));
    }

    @Test
    void aGraphRunsWhatWasCaptured() {
        CUdeviceptr x = upload(1);
        Pointer host = pin(3);
        CUstream stream = stream();
        begin(stream);
        ok(JCudaDriver.cuMemcpyHtoDAsync(x, host, 4, stream));
        scale(x, 10, stream);
        CUgraph graph = end(stream);
        ok(JCudaDriver.cuStreamSynchronize(stream));
        assertThat(download(x, 1)).containsExactly(1);
        long[] nodes = new long[1];
        ok(JCudaDriver.cuGraphGetNodes(graph, null, nodes));
        assertThat(nodes[0]).isEqualTo(2);
        CUgraphExec exec = instantiate(graph);
        ok(JCudaDriver.cuGraphDestroy(graph));
        ok(JCudaDriver.cuGraphLaunch(exec, stream));
        ok(JCudaDriver.cuStreamSynchronize(stream));
        assertThat(download(x, 1)).containsExactly(30);
        floats(host, 1).put(0, 4);
        ok(JCudaDriver.cuGraphLaunch(exec, stream));
        scale(x, 2, stream);
        ok(JCudaDriver.cuStreamSynchronize(stream));
        assertThat(download(x, 1)).containsExactly(80);
        assertThat(driver.violations()).isEmpty();
    }

    @Test
    void eventsForkAndJoinACapture() {
        for (int seed = 0; seed < 10; seed++) {
            start(DoubleConfig.of(1).withSeed(seed));
            CUdeviceptr x = upload(1);
            CUdeviceptr y = upload(1);
            CUdeviceptr z = upload(1);
            CUstream stream = stream();
            CUstream branch = stream();
            begin(stream);
            scale(x, 2, stream);
            follow(branch, stream);
            ok(launch(add, branch, ONE_BLOCK, x, x, y, 1L));
            scale(z, 10, stream);
            follow(stream, branch);
            ok(launch(add, stream, ONE_BLOCK, y, z, z, 1L));
            CUgraphExec exec = instantiate(end(stream));
            ok(JCudaDriver.cuGraphLaunch(exec, stream));
            ok(JCudaDriver.cuStreamSynchronize(stream));
            assertThat(download(z, 1)).as("seed %d", seed).containsExactly(2 + 2 + 10);
        }
    }

    @Test
    void launchesOfAGraphFollowEachOther() {
        CUdeviceptr x = upload(1);
        CUstream stream = stream();
        begin(stream);
        scale(x, 2, stream);
        scale(x, 3, stream);
        CUgraphExec exec = instantiate(end(stream));
        CUstream other = stream();
        ok(JCudaDriver.cuGraphLaunch(exec, stream));
        ok(JCudaDriver.cuGraphLaunch(exec, other));
        ok(JCudaDriver.cuStreamSynchronize(other));
        assertThat(download(x, 1)).containsExactly(36);
    }

    @Test
    void eventsCanBeNodes() {
        CUdeviceptr x = upload(1);
        CUstream stream = stream();
        CUevent event = event();
        begin(stream);
        scale(x, 2, stream);
        ok(JCudaDriver.cuEventRecordWithFlags(event, stream, EXTERNAL));
        CUgraphExec exec = instantiate(end(stream));
        ok(JCudaDriver.cuEventQuery(event));
        ok(JCudaDriver.cuGraphLaunch(exec, stream));
        answers(JCudaDriver.cuEventQuery(event), CUresult.CUDA_ERROR_NOT_READY);
        ok(JCudaDriver.cuEventSynchronize(event));
        assertThat(download(x, 1)).containsExactly(2);
    }

    @Test
    void aBranchThatDoesNotJoinIsRefused() {
        CUdeviceptr x = upload(1);
        CUstream stream = stream();
        CUstream branch = stream();
        begin(stream);
        scale(x, 2, stream);
        follow(branch, stream);
        scale(x, 2, branch);
        answers(JCudaDriver.cuStreamEndCapture(stream, new CUgraph()), CUresult.CUDA_ERROR_STREAM_CAPTURE_UNJOINED);
        assertThat(driver.violations()).singleElement().asString().contains("was not waited for");
    }

    @Test
    void waitingEndsACapture() {
        CUstream stream = stream();
        begin(stream);
        answers(JCudaDriver.cuStreamSynchronize(stream), CUresult.CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED);
        answers(JCudaDriver.cuStreamEndCapture(stream, new CUgraph()), CUresult.CUDA_ERROR_STREAM_CAPTURE_INVALIDATED);
        ok(JCudaDriver.cuStreamSynchronize(stream));
    }

    @Test
    void allocatingEndsACaptureUnlessItIsRelaxed() {
        CUstream stream = stream();
        ok(JCudaDriver.cuStreamBeginCapture(stream, RELAXED));
        allocate(4);
        end(stream);
        begin(stream);
        answers(JCudaDriver.cuMemAlloc(new CUdeviceptr(), 4), CUresult.CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED);
        answers(JCudaDriver.cuStreamEndCapture(stream, new CUgraph()), CUresult.CUDA_ERROR_STREAM_CAPTURE_INVALIDATED);
    }

    @Test
    void aCaptureKeepsToItself() {
        CUdeviceptr x = upload(1);
        CUstream stream = stream();
        CUevent outside = event();
        ok(JCudaDriver.cuEventRecord(outside, stream()));
        begin(stream);
        answers(JCudaDriver.cuStreamWaitEvent(stream, outside, 0), CUresult.CUDA_ERROR_STREAM_CAPTURE_ISOLATION);
        answers(JCudaDriver.cuStreamEndCapture(stream, new CUgraph()), CUresult.CUDA_ERROR_STREAM_CAPTURE_INVALIDATED);
        CUevent inside = event();
        begin(stream);
        ok(JCudaDriver.cuEventRecord(inside, stream));
        answers(JCudaDriver.cuEventQuery(inside), CUresult.CUDA_ERROR_CAPTURED_EVENT);
        answers(JCudaDriver.cuStreamEndCapture(stream, new CUgraph()), CUresult.CUDA_ERROR_STREAM_CAPTURE_INVALIDATED);
        begin(stream);
        answers(
                JCudaDriver.cuMemcpyHtoDAsync(x, Pointer.to(new float[1]), 4, stream),
                CUresult.CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED);
        assertThat(driver.violations()).hasSize(3);
    }

    @Test
    void theNullStreamStaysOutOfCaptures() {
        CUdeviceptr x = upload(1);
        answers(JCudaDriver.cuStreamBeginCapture(new CUstream(), GLOBAL), CUresult.CUDA_ERROR_STREAM_CAPTURE_IMPLICIT);
        CUstream heeds = stream(0);
        ok(JCudaDriver.cuStreamBeginCapture(heeds, RELAXED));
        answers(launch(scale, new CUstream(), ONE_BLOCK, x, 1L, 2f), CUresult.CUDA_ERROR_STREAM_CAPTURE_IMPLICIT);
    }

    @Test
    void destroyedGraphsAreNotUsed() {
        CUstream stream = stream();
        begin(stream);
        CUgraph graph = end(stream);
        CUgraphExec exec = instantiate(graph);
        ok(JCudaDriver.cuGraphDestroy(graph));
        answers(JCudaDriver.cuGraphInstantiate(new CUgraphExec(), graph, 0), CUresult.CUDA_ERROR_INVALID_VALUE);
        ok(JCudaDriver.cuGraphExecDestroy(exec));
        answers(JCudaDriver.cuGraphLaunch(exec, stream), CUresult.CUDA_ERROR_INVALID_VALUE);
        answers(JCudaDriver.cuGraphExecDestroy(exec), CUresult.CUDA_ERROR_INVALID_VALUE);
        assertThat(driver.violations())
                .hasSize(3)
                .allSatisfy(v -> assertThat(v).contains("graph", "was destroyed before"));
    }
}
