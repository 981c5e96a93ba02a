package dev.kneepoint.backend.cuda;

import com.google.common.collect.ImmutableSortedMap;
import dev.kneepoint.backend.engine.DeviceArrays;
import dev.kneepoint.spi.DeviceFigure;
import dev.kneepoint.spi.DeviceFigure.Reference;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.function.DoubleUnaryOperator;

/**
 * A figure that is to be measured. Immutable.
 *
 * @param name as of {@link DeviceFigure}
 * @param parameters as of {@link DeviceFigure}
 * @param unit of the value
 * @param value the value from the seconds that one run takes
 * @param reference what the value is to be seen beside
 * @param trial runs it
 */
record FigureCase(
        String name,
        SortedMap<String, String> parameters,
        String unit,
        DoubleUnaryOperator value,
        Optional<Reference> reference,
        Trial trial) {
    static final double TERA = 1e12;
    static final double GIGA = 1e9;
    private static final double MICRO = 1e-6;

    FigureCase {
        parameters = ImmutableSortedMap.copyOf(parameters);
    }

    /** How a figure is measured. */
    @FunctionalInterface
    interface Trial {
        /**
         * Measures.
         *
         * @param arrays what it allocates; released after it
         */
        FigureTiming run(FigureBench bench, DeviceArrays arrays);
    }

    /** A rate of arithmetic, TFLOP/s. */
    static FigureCase arithmetic(
            String name,
            Map<String, String> parameters,
            double operations,
            Optional<Reference> reference,
            Trial trial) {
        return new FigureCase(
                name,
                ImmutableSortedMap.copyOf(parameters),
                "TFLOP/s",
                seconds -> operations / seconds / TERA,
                reference,
                trial);
    }

    /** A rate of memory, GB/s; bytes read and bytes written both count. */
    static FigureCase memory(
            String name, Map<String, String> parameters, double bytes, Optional<Reference> reference, Trial trial) {
        return new FigureCase(
                name,
                ImmutableSortedMap.copyOf(parameters),
                "GB/s",
                seconds -> bytes / seconds / GIGA,
                reference,
                trial);
    }

    /** A time, us. */
    static FigureCase time(String name, Map<String, String> parameters, Trial trial) {
        return new FigureCase(
                name, ImmutableSortedMap.copyOf(parameters), "us", seconds -> seconds / MICRO, Optional.empty(), trial);
    }

    /** What came of it. */
    DeviceFigure of(FigureTiming timing) {
        return timing.seconds() > 0
                ? new DeviceFigure.Measured(
                        name, parameters, value.applyAsDouble(timing.seconds()), unit, timing.watts(), reference)
                : missing("it takes less than the device's clock can tell");
    }

    /** Why nothing came of it. */
    DeviceFigure missing(String reason) {
        return new DeviceFigure.Missing(name, parameters, reason);
    }
}
