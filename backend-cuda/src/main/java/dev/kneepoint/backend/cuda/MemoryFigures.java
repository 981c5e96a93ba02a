package dev.kneepoint.backend.cuda;

import static dev.kneepoint.backend.engine.DeviceKernels.whole;

import com.google.common.collect.ImmutableMap;
import dev.kneepoint.backend.engine.DataType;
import dev.kneepoint.backend.engine.DeviceArrays;
import dev.kneepoint.backend.engine.DeviceBuffer;
import dev.kneepoint.spi.DeviceFigure.Reference;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Figures of the device's memory: the STREAM triad and a copy by our kernels, and a copy by the driver. */
record MemoryFigures(FigureSubject subject) {
    private static final long BYTES = 1L << 30;

    /** Three arrays, and room for what else is there. */
    private static final long PARTS = 8;

    private static final DataType TYPE = DataType.FP32;
    private static final float FACTOR = 3;

    List<FigureCase> cases() {
        return List.of(
                figure("triad", "own-kernel", 3, this::triad),
                figure("copy", "own-kernel", 2, this::copy),
                figure("copy", "driver", 2, this::driverCopy));
    }

    private FigureCase figure(String name, String by, int arrays, FigureCase.Trial trial) {
        Map<String, String> parameters =
                ImmutableMap.of("by", by, "array_bytes", Long.toString((long) TYPE.bytes() * elements()));
        Optional<Reference> sheet = subject.dataSheet()
                .map(s -> new Reference(
                        s.memoryBandwidth().value() / FigureCase.GIGA,
                        "memory bandwidth of the data sheet of " + s.name()));
        return FigureCase.memory(name, parameters, (double) arrays * TYPE.bytes() * elements(), sheet, trial);
    }

    private int elements() {
        long bytes = Math.min(BYTES, subject.device().info().memoryBytes() / PARTS) / subject.shrink();
        return (int) (bytes / TYPE.bytes());
    }

    private FigureTiming triad(FigureBench bench, DeviceArrays arrays) {
        int elements = elements();
        DeviceBuffer a = arrays.empty(TYPE, elements);
        DeviceBuffer b = bench.random(arrays, TYPE, elements);
        DeviceBuffer c = bench.random(arrays, TYPE, elements);
        return kernel(bench, "triad", a, b, c, FACTOR, (long) elements);
    }

    private FigureTiming copy(FigureBench bench, DeviceArrays arrays) {
        int elements = elements();
        DeviceBuffer from = bench.random(arrays, TYPE, elements);
        DeviceBuffer to = arrays.empty(TYPE, elements);
        return kernel(bench, "copy", from, to, (long) elements);
    }

    private FigureTiming kernel(FigureBench bench, String name, Object... arguments) {
        CudaKernel kernel = subject.kernels().table().get(PtxModule.ELEMENTS, name, TYPE);
        Grid grid = new GridSizes(subject.device().info().multiprocessors()).elements(elements(), TYPE.bytes());
        return bench.onDevice(q -> q.launch(kernel, grid, arguments));
    }

    private FigureTiming driverCopy(FigureBench bench, DeviceArrays arrays) {
        int elements = elements();
        DeviceBuffer from = bench.random(arrays, TYPE, elements);
        DeviceBuffer to = arrays.empty(TYPE, elements);
        return bench.onDevice(q -> q.copy(whole(from), whole(to), elements).release());
    }
}
