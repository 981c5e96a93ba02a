package dev.kneepoint.testkit;

import dev.kneepoint.annotation.Incubating;
import dev.kneepoint.spi.Numerics;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;

/**
 * Compute ops against a double-precision reference on odd sizes, for arithmetic that no backend offers by itself: a set of
 * kernels among several, or one that another device would get. {@link BackendConformance} runs the same checks on a whole
 * backend.
 */
@Incubating
public final class NumericsConformance {
    private NumericsConformance() {}

    /**
     * The checks of all compute ops; collectives are not among them.
     *
     * @param numerics the arithmetic to check; is used while the tests run
     * @return one test an op, to be returned from a {@link org.junit.jupiter.api.TestFactory}
     */
    public static Stream<DynamicTest> computeOps(Numerics numerics) {
        return ArithmeticBattery.ops().entrySet().stream()
                .map(e -> DynamicTest.dynamicTest(e.getKey(), () -> e.getValue().accept(numerics)));
    }
}
