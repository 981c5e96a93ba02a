package dev.kneepoint.testing;

import dev.kneepoint.profile.AttentionCurve;
import dev.kneepoint.profile.AttentionKernel;
import dev.kneepoint.profile.DeviceProfile;
import dev.kneepoint.profile.GemmCurve;
import dev.kneepoint.profile.Scenario;
import dev.kneepoint.workload.Precision;

/**
 * The highest rates that a device's curves and peaks allow at any shape, operations per second.
 *
 * @param products matrix products
 * @param attention attention cores, of the operations of the causal half
 */
public record Ceilings(double products, double attention) {
    /**
     * The ceilings of a scenario's device.
     *
     * @param s the scenario
     * @return the ceilings
     */
    public static Ceilings of(Scenario s) {
        DeviceProfile d = s.hardware().device();
        Precision p = s.workload().precision();
        double factor = s.stack().kernels().gemmFactor();
        double products = factor * rate(p.isQuantised() ? d.gemmQuantised() : d.gemm()) * peak(s, p);
        return new Ceilings(Math.min(products, peak(s, p)), attention(s, d));
    }

    private static double rate(GemmCurve g) {
        double middle = g.tileRatio1();
        double small = middle * g.tileRatio2();
        double best = Math.max(Math.max(1, middle), Math.max(small, small * g.tileRatio2()));
        return g.efficiency() * g.sustained() * best;
    }

    private static double attention(Scenario s, DeviceProfile d) {
        Precision p = s.workload().precision();
        double peak = peak(s, p.isQuantised() ? Precision.BF16 : p);
        if (s.stack().kernels().attention() == AttentionKernel.UNFUSED) {
            return peak / 2;
        }
        double best = 0;
        for (AttentionCurve c : d.attention().values()) {
            best = Math.max(best, Math.max(c.teraflops(), c.smallHeadTeraflops()));
        }
        return Math.min(best * 1e12 * d.attentionSustained(), peak);
    }

    private static double peak(Scenario s, Precision p) {
        return s.cluster().accelerator().peak(p).orElseThrow().value();
    }
}
