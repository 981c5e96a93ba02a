package dev.kneepoint.backend.cuda;

import dev.kneepoint.backend.engine.Cleanup;
import dev.kneepoint.backend.engine.CommandRecorder;
import java.util.Optional;
import jcuda.driver.CUgraph;
import jcuda.driver.CUgraphExec;
import jcuda.driver.CUstreamCaptureMode;
import jcuda.driver.CUstreamCaptureStatus;
import jcuda.driver.JCudaDriver;

/**
 * A graph of what was put on a stream while it was captured, for launches on that stream. Only where {@link #missing} has
 * no reason against it: JCuda ends the process where the driver lacks a function. Confined to the stream's user.
 */
final class CudaGraph implements CommandRecorder.Recording {
    /** The driver's function by which JCuda makes graphs executable came with it. */
    private static final int LEAST_DRIVER = 11_040;

    private final CudaQueue queue;
    private final CudaContext context;
    private final CUgraph graph;
    private long commands;
    private Optional<CUgraphExec> executable = Optional.empty();

    private CudaGraph(CudaQueue queue, CUgraph graph) {
        this.queue = queue;
        this.context = queue.device().context();
        this.graph = graph;
    }

    /**
     * Why there are no graphs under a driver.
     *
     * @param driver as {@link CudaDiscovery#driverVersion} says it
     * @return empty if there are
     */
    static Optional<String> missing(int driver) {
        return driver >= LEAST_DRIVER
                ? Optional.empty()
                : Optional.of("the driver is made for CUDA " + CudaBackendProvider.text(driver)
                        + "; graphs need one for " + CudaBackendProvider.text(LEAST_DRIVER));
    }

    /**
     * Captures commands, which do not run.
     *
     * @param commands put at least one on the queue and nothing anywhere else; what they use must be there already
     * @throws CudaException if the driver, or a command, fails
     */
    static CudaGraph of(CudaQueue queue, Runnable commands) {
        queue.device().context().enter();
        CudaGraph out = new CudaGraph(queue, capture(queue, commands));
        try {
            out.makeExecutable();
            return out;
        } catch (RuntimeException | Error e) {
            try (Cleanup cleanup = new Cleanup()) {
                cleanup.then(() -> {
                    throw e;
                });
                cleanup.then(out::close);
            }
            throw e;
        }
    }

    /** Of this thread's calls only: other threads may do what a capture does not allow. */
    private static CUgraph capture(CudaQueue queue, Runnable commands) {
        CudaContext context = queue.device().context();
        context.check(
                JCudaDriver.cuStreamBeginCapture(
                        queue.stream(), CUstreamCaptureMode.CU_STREAM_CAPTURE_MODE_THREAD_LOCAL),
                "cuStreamBeginCapture");
        CUgraph graph = new CUgraph();
        try {
            queue.plainly(commands);
            context.check(JCudaDriver.cuStreamEndCapture(queue.stream(), graph), "cuStreamEndCapture");
            return graph;
        } catch (RuntimeException | Error e) {
            abandon(queue.stream());
            throw e;
        }
    }

    /** Ends a capture that has failed: its stream could do nothing else. What comes of it is of no interest. */
    private static void abandon(CudaStream stream) {
        int[] status = new int[1];
        if (JCudaDriver.cuStreamIsCapturing(stream, status) == DriverStatus.SUCCESS
                && status[0] != CUstreamCaptureStatus.CU_STREAM_CAPTURE_STATUS_NONE) {
            CUgraph graph = new CUgraph();
            if (JCudaDriver.cuStreamEndCapture(stream, graph) == DriverStatus.SUCCESS) {
                JCudaDriver.cuGraphDestroy(graph);
            }
        }
    }

    private void makeExecutable() {
        long[] nodes = new long[1];
        context.check(JCudaDriver.cuGraphGetNodes(graph, null, nodes), "cuGraphGetNodes");
        commands = nodes[0];
        CUgraphExec made = new CUgraphExec();
        context.check(
                JCudaDriver.cuGraphInstantiate(made, graph, 0),
                "cuGraphInstantiateWithFlags of " + commands + " commands");
        executable = Optional.of(made);
    }

    /** Kernels, copies and fills: products of cuBLAS may be several. */
    @Override
    public long commands() {
        return commands;
    }

    @Override
    public void launch() {
        context.check(JCudaDriver.cuGraphLaunch(executable.orElseThrow(), queue.stream()), "cuGraphLaunch");
    }

    /** That of a lost device may still be at work and stays. */
    @Override
    public void close() {
        if (!context.isLost()) {
            try (Cleanup cleanup = new Cleanup()) {
                cleanup.then(context::enter);
                executable.ifPresent(made ->
                        cleanup.then(() -> context.check(JCudaDriver.cuGraphExecDestroy(made), "cuGraphExecDestroy")));
                cleanup.then(() -> context.check(JCudaDriver.cuGraphDestroy(graph), "cuGraphDestroy"));
            }
        }
    }
}
