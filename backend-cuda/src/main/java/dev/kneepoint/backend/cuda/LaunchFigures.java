package dev.kneepoint.backend.cuda;

import com.google.common.collect.ImmutableMap;
import dev.kneepoint.backend.engine.DeviceKernels;
import java.util.List;
import java.util.Map;

/** Figures of launches of a kernel that does nothing. */
record LaunchFigures(FigureSubject subject) {
    /** Fewer than a stream has room for, so that the host never waits for the device. */
    private static final int BETWEEN_WAITS = 256;

    List<FigureCase> cases() {
        return List.of(
                FigureCase.time("launch", how("host"), (bench, arrays) -> bench.onHost(launch(), BETWEEN_WAITS)),
                FigureCase.time(
                        "launch", how("host-with-events"), (bench, arrays) -> bench.onHost(op(), BETWEEN_WAITS)),
                FigureCase.time("launch", how("device"), (bench, arrays) -> bench.onDevice(launch())));
    }

    private static Map<String, String> how(String where) {
        return ImmutableMap.of("of", where, "graph", "off");
    }

    /** A bare launch. */
    private CudaQueue.Command launch() {
        CudaKernel kernel = subject.kernels().table().get(PtxModule.ELEMENTS, "nothing");
        return q -> q.launch(kernel, Grid.of(1));
    }

    /** As the engine does it, which wants to know when the kernel ran. */
    private CudaQueue.Command op() {
        DeviceKernels kernels = subject.kernels();
        return q -> kernels.nothing(q)[0].release();
    }
}
