package dev.kneepoint.profile;

import com.google.common.collect.ImmutableMap;
import dev.kneepoint.annotation.Incubating;
import dev.kneepoint.units.Checks;
import java.util.Map;
import java.util.Optional;

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
 * @param probed times measured op by op, in place of the curves above; empty unless a calibration made the profile
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
        PowerCurve power,
        Optional<ProbedTimes> probed) {
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

    /**
     * The same profile with probed times.
     *
     * @param times times measured op by op
     * @return the changed profile
     * @since 0.2
     */
    @Incubating
    public DeviceProfile withProbed(ProbedTimes times) {
        return with("probed", Optional.of(times));
    }

    /**
     * The same profile with one component changed.
     *
     * @param path the component, for example {@code gemm.efficiency}
     * @param value its value, of the component's type
     * @return the changed profile
     * @throws IllegalArgumentException if there is no such component, or the value is out of its range
     * @since 0.2
     */
    @Incubating
    public DeviceProfile with(String path, Object value) {
        return RecordPath.of(path).with(this, value);
    }
}
