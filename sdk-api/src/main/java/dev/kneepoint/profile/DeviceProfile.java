package dev.kneepoint.profile;

import com.google.common.collect.ImmutableMap;
import dev.kneepoint.units.Checks;
import java.util.Map;

/**
 * How a device architecture performs. Immutable.
 *
 * @param name architecture that it was fitted on
 * @param source where the figures come from
 * @param gemm products of 16-bit (and, in proportion to the peak, 32-bit) operands
 * @param gemmQuantised products of 8-bit and 4-bit operands
 * @param attention curves by kernel; a missing kernel falls back to the next slower one
 * @param attentionSustained what remains of the attention rates in a whole step
 * @param memoryEfficiency fraction of the memory bandwidth that streaming kernels reach
 * @param scaleUp collectives inside a scale-up domain
 * @param computeContention share of its speed that a compute kernel loses while a collective runs beside it
 * @param collectiveContention share of its speed that a collective loses while compute runs beside it
 * @param spread standard deviation of device speeds, relative
 * @param power power draw by activity
 */
public record DeviceProfile(
        String name,
        String source,
        GemmCurve gemm,
        GemmCurve gemmQuantised,
        Map<AttentionKernel, AttentionCurve> attention,
        double attentionSustained,
        double memoryEfficiency,
        ScaleUpCurve scaleUp,
        double computeContention,
        double collectiveContention,
        double spread,
        PowerCurve power) {
    /** Checks the ranges and copies the curves. */
    public DeviceProfile {
        Checks.notBlank("device profile name", name);
        attention = ImmutableMap.copyOf(attention);
        Checks.positive("attentionSustained", attentionSustained);
        Checks.positive("memoryEfficiency", memoryEfficiency);
        Checks.fraction("computeContention", computeContention);
        Checks.fraction("collectiveContention", collectiveContention);
        Checks.fraction("spread", spread);
    }
}
