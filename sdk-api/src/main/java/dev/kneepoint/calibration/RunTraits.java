package dev.kneepoint.calibration;

import dev.kneepoint.annotation.Incubating;
import dev.kneepoint.profile.Scenario;
import dev.kneepoint.strategy.ParallelismStrategy;
import dev.kneepoint.units.Checks;
import dev.kneepoint.workload.ModelCounts;
import dev.kneepoint.workload.Precision;

/**
 * What decides how far a run is from others: where it runs, with what, and how large.
 *
 * @param architecture of the device, for example {@code hopper}
 * @param network kind of the network between scale-up domains, or {@code none} for a run inside one
 * @param stack name of the software stack
 * @param precision {@code 16-bit}, {@code 32-bit}, {@code fp8} or {@code fp4}
 * @param model {@code dense} or {@code moe}
 * @param layout {@code sharded} (FSDP, ZeRO-3, HSDP), {@code sharded-split} (the same with tensor, pipeline, context
 *     or expert parallelism), {@code split} (those without sharded weights), or {@code data}
 * @param devices devices of the run, at least 1
 * @param parameters weights of the model, above 0
 */
@Incubating
public record RunTraits(
        String architecture,
        String network,
        String stack,
        String precision,
        String model,
        String layout,
        double devices,
        double parameters) {
    /** Checks the ranges. */
    public RunTraits {
        Checks.positive("devices", devices);
        Checks.positive("parameters", parameters);
    }

    /**
     * Traits of a run.
     *
     * @param s what runs on what
     * @param strategy how
     * @param devices on how many devices
     * @return the traits
     */
    public static RunTraits of(Scenario s, ParallelismStrategy strategy, int devices) {
        boolean oneDomain = devices <= s.cluster().fabric().scaleUpDomain();
        return new RunTraits(
                s.cluster().accelerator().architecture(),
                oneDomain ? "none" : s.cluster().fabric().network().label(),
                s.stack().name(),
                precision(s.workload().precision()),
                s.workload().model().isMixture() ? "moe" : "dense",
                layout(strategy),
                devices,
                ModelCounts.parameters(s.workload().model()));
    }

    private static String precision(Precision p) {
        return switch (p) {
            case FP32 -> "32-bit";
            case FP16, BF16 -> "16-bit";
            case FP8 -> "fp8";
            case FP4 -> "fp4";
        };
    }

    private static String layout(ParallelismStrategy s) {
        boolean split = s.tensor() > 1 || s.pipeline() > 1 || s.context() > 1 || s.expert() > 1;
        if (s.data().shardsWeights()) {
            return split ? "sharded-split" : "sharded";
        }
        return split ? "split" : "data";
    }
}
