package dev.kneepoint.cost;

import dev.kneepoint.profile.AttentionCurve;
import dev.kneepoint.profile.AttentionKernel;
import dev.kneepoint.profile.DeviceProfile;
import dev.kneepoint.profile.Scenario;

/** Seconds of attention cores by the curve of the stack's kernel, or as two products where it has none. Immutable. */
final class AttentionCost {
    /** Unfused attention's two products run at this share of the peak. */
    private static final double UNFUSED_EFFICIENCY = 0.45;

    private final AttentionCurve curve;
    private final boolean unfused;
    private final double factor;
    private final double peak;

    /** Costs of a scenario whose operands, where they are not quantised, have a peak, operations a second. */
    AttentionCost(Scenario scenario, double peak) {
        DeviceProfile profile = scenario.hardware().device();
        AttentionKernel kernel = scenario.stack().kernels().attention();
        this.peak = peak;
        unfused = kernel == AttentionKernel.UNFUSED;
        curve = AttentionCurves.pick(profile, kernel);
        factor = profile.attentionSustained()
                * (peak / Peaks.sixteenBit(scenario.cluster().accelerator(), peak));
    }

    /** Seconds of a core of so many executed operations. */
    double seconds(double flops, double length, double headSize) {
        return unfused ? 2 * flops / (UNFUSED_EFFICIENCY * peak) : flops / (curve.rate(length, headSize) * factor);
    }
}
