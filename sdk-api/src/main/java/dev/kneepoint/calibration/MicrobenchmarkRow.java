package dev.kneepoint.calibration;

import dev.kneepoint.annotation.Incubating;
import java.util.Optional;

/**
 * One microbenchmark beside its prediction.
 *
 * @param group device or fabric
 * @param label what ran, for example {@code all-gather 64 MiB, 16 ranks}
 * @param measuredSeconds what the source measured; 0 if it gives no time
 * @param predictedSeconds the prediction, the measuring tool's share included; empty if left out
 * @param leftOut why it was left out
 * @since 0.1
 */
@Incubating
public record MicrobenchmarkRow(
        String group,
        String label,
        double measuredSeconds,
        Optional<Double> predictedSeconds,
        Optional<String> leftOut) {
    /**
     * The error.
     *
     * @return predicted/measured - 1; empty if left out
     */
    public Optional<Double> relativeError() {
        return predictedSeconds.map(p -> p / measuredSeconds - 1);
    }
}
