package dev.kneepoint.backend.cuda;

import com.google.common.collect.ImmutableMap;
import dev.kneepoint.backend.engine.DeviceKernels;
import java.util.List;

/** Figures of launches of a kernel that does nothing, one by one and as parts of a graph. */
record LaunchFigures(FigureSubject subject) {
    /** Fewer than a stream has room for, so that the host never waits for the device. */
    private static final int BETWEEN_WAITS = 256;

    private static final int OF_A_GRAPH = 256;
    private static final int GRAPHS_BETWEEN_WAITS = 16;

    List<FigureCase> cases() {
        return List.of(
                launches("host", "off", (bench, arrays) -> bench.onHost(launch(), BETWEEN_WAITS)),
                launches("host-with-events", "off", (bench, arrays) -> bench.onHost(op(), BETWEEN_WAITS)),
                launches("device", "off", (bench, arrays) -> bench.onDevice(launch())),
                launches("host", "on", (bench, arrays) -> {
                    try (CudaGraph graph = bench.graph(launch(), OF_A_GRAPH)) {
                        return bench.onHost(q -> graph.launch(), GRAPHS_BETWEEN_WAITS)
                                .dividedBy(OF_A_GRAPH);
                    }
                }),
                launches("device", "on", (bench, arrays) -> {
                    try (CudaGraph graph = bench.graph(launch(), OF_A_GRAPH)) {
                        return bench.onDevice(q -> graph.launch()).dividedBy(OF_A_GRAPH);
                    }
                }));
    }

    private static FigureCase launches(String of, String graph, FigureCase.Trial trial) {
        return FigureCase.time("launch", ImmutableMap.of("of", of, "graph", graph), trial);
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
