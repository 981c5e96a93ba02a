package dev.kneepoint.backend.cuda;

import static dev.kneepoint.backend.engine.DeviceKernels.whole;

import com.google.common.collect.ImmutableMap;
import dev.kneepoint.backend.engine.DataType;
import dev.kneepoint.backend.engine.DeviceArrays;
import dev.kneepoint.backend.engine.DeviceBuffer;
import dev.kneepoint.backend.engine.DeviceKernels.Product;
import dev.kneepoint.spi.BackendException;
import dev.kneepoint.spi.DeviceFigure.Reference;
import dev.kneepoint.workload.Precision;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Figures of products of matrices: cuBLAS at several shapes and formats, and our own kernels at one. */
record ProductFigures(FigureSubject subject) {
    private static final String CUBLAS = "cublas";
    private static final String OWN = "own-kernel";
    private static final Product OWN_SHAPE = Product.of(4096, 4096, 4096);
    private static final List<Product> CUBES =
            List.of(Product.of(8192, 8192, 8192), OWN_SHAPE, Product.of(2048, 2048, 2048));

    /** Of 4,096 tokens: up in Llama-2 7B, down and output table there, up in 70B on one device and on eight. */
    private static final List<Product> LAYERS = List.of(
            Product.of(4096, 11_008, 4096),
            Product.of(4096, 4096, 11_008),
            Product.of(4096, 32_000, 4096),
            Product.of(4096, 28_672, 8192),
            Product.of(4096, 3584, 8192));

    List<FigureCase> cases() {
        List<FigureCase> out = new ArrayList<>();
        boolean tensor = subject.device().info().hasTensorCores();
        List<GemmType> halves = tensor ? List.of(GemmType.BF16, GemmType.F16) : List.of(GemmType.F16);
        List<GemmType> singles = tensor ? List.of(GemmType.TF32, GemmType.F32) : List.of(GemmType.F32);
        halves.forEach(type -> CUBES.forEach(shape -> out.add(figure(type, shape, CUBLAS))));
        halves.forEach(type -> LAYERS.forEach(shape -> out.add(figure(type, shape, CUBLAS))));
        singles.forEach(type -> CUBES.forEach(shape -> out.add(figure(type, shape, CUBLAS))));
        out.add(figure(halves.getFirst(), OWN_SHAPE, OWN));
        out.add(figure(GemmType.F32, OWN_SHAPE, OWN));
        return out;
    }

    private FigureCase figure(GemmType type, Product full, String by) {
        Product shape =
                Product.of(subject.length(full.rows()), subject.length(full.columns()), subject.length(full.inner()));
        ImmutableMap<String, String> parameters = ImmutableMap.of(
                "by", by,
                "format", label(type),
                "rows", Integer.toString(shape.rows()),
                "columns", Integer.toString(shape.columns()),
                "inner", Integer.toString(shape.inner()));
        double operations = 2.0 * shape.rows() * shape.columns() * shape.inner();
        return FigureCase.arithmetic(
                "matmul", parameters, operations, peak(type), (bench, arrays) -> time(bench, arrays, type, shape, by));
    }

    private FigureTiming time(FigureBench bench, DeviceArrays arrays, GemmType type, Product shape, String by) {
        if (by.equals(CUBLAS) && subject.cublas().found().isEmpty()) {
            throw new BackendException(subject.cublas().reason());
        }
        DataType elements = elements(type);
        DeviceBuffer a = bench.random(arrays, elements, shape.left());
        DeviceBuffer b = bench.random(arrays, elements, shape.right());
        DeviceBuffer c = arrays.empty(elements, shape.result());
        ProductKernels products =
                new ProductKernels(subject.device().info(), subject.kernels().table(), type == GemmType.TF32);
        return bench.onDevice(
                by.equals(CUBLAS)
                        ? q -> products.enqueue(q, shape, whole(a), whole(b), whole(c))
                        : q -> products.enqueueOwn(q, shape, whole(a), whole(b), whole(c)));
    }

    private static DataType elements(GemmType type) {
        return switch (type) {
            case F32, TF32 -> DataType.FP32;
            case BF16 -> DataType.BF16;
            case F16 -> DataType.FP16;
        };
    }

    private static String label(GemmType type) {
        return switch (type) {
            case F32 -> "fp32";
            case TF32 -> "tf32";
            case BF16 -> "bf16";
            case F16 -> "fp16";
        };
    }

    /** The catalog has no peak of TF32. */
    private Optional<Reference> peak(GemmType type) {
        Optional<Precision> precision = switch (type) {
            case F32 -> Optional.of(Precision.FP32);
            case TF32 -> Optional.empty();
            case BF16 -> Optional.of(Precision.BF16);
            case F16 -> Optional.of(Precision.FP16);
        };
        return subject.dataSheet()
                .flatMap(sheet -> precision
                        .flatMap(sheet::peak)
                        .map(rate -> new Reference(
                                rate.value() / FigureCase.TERA, "dense peak of the data sheet of " + sheet.name())));
    }
}
