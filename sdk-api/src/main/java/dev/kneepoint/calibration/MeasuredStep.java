package dev.kneepoint.calibration;

import dev.kneepoint.units.FlopsPerSecond;
import dev.kneepoint.workload.FlopConvention;
import dev.kneepoint.workload.ModelCounts;
import dev.kneepoint.workload.TrainingWorkload;
import java.util.Optional;
import java.util.OptionalDouble;

/**
 * The step time that a row reports: printed, or from tokens per second and the batch, or from TFLOP/s or MFU by its
 * source's convention.
 *
 * @param seconds the step time
 * @param from the column that it comes from
 */
record MeasuredStep(double seconds, String from) {
    static Optional<MeasuredStep> of(Measurement m, Mapping mapping) {
        OptionalDouble printed = m.number("step_time_s");
        if (printed.isPresent() && printed.getAsDouble() > 0) {
            return Optional.of(new MeasuredStep(printed.getAsDouble(), "step_time_s"));
        }
        double tokens = m.number("global_batch").orElse(0) * m.number("seq_len").orElse(0);
        double gpus = m.number("gpus").orElse(0);
        OptionalDouble rate = m.number("tokens_per_s_per_gpu");
        if (rate.isPresent() && rate.getAsDouble() > 0 && tokens > 0 && gpus > 0) {
            return Optional.of(new MeasuredStep(tokens / (rate.getAsDouble() * gpus), "tokens_per_s_per_gpu"));
        }
        return mapping instanceof Mapping.Mapped mapped ? fromFlops(m, mapped, gpus) : Optional.empty();
    }

    private static Optional<MeasuredStep> fromFlops(Measurement m, Mapping.Mapped mapped, double gpus) {
        TrainingWorkload w =
                mapped.scenario().workload().withRecompute(mapped.layout().recompute());
        double flops = flops(m.source(), w) * mapped.batchScale();
        OptionalDouble achieved = m.number("tflops_per_gpu");
        if (achieved.isPresent() && achieved.getAsDouble() > 0) {
            return Optional.of(new MeasuredStep(flops / (achieved.getAsDouble() * 1e12 * gpus), "tflops_per_gpu"));
        }
        OptionalDouble mfu = m.number("mfu_pct");
        Optional<FlopsPerSecond> peak =
                mapped.scenario().cluster().accelerator().peak(w.precision());
        if (mfu.isPresent() && mfu.getAsDouble() > 0 && peak.isPresent()) {
            double model = ModelCounts.modelFlopsPerStep(w, convention(m.source())) * mapped.batchScale();
            double seconds = model / (mfu.getAsDouble() / 100 * peak.get().value() * gpus);
            return Optional.of(new MeasuredStep(seconds, "mfu_pct"));
        }
        return Optional.empty();
    }

    private static double flops(String source, TrainingWorkload w) {
        boolean hardware = source.contains("Narayanan")
                || source.contains("Megatron-LM README")
                || source.contains("BLOOM")
                || source.contains("InternEvo");
        return hardware
                ? ModelCounts.hardwareFlopsPerStep(w, FlopConvention.NON_CAUSAL)
                : ModelCounts.modelFlopsPerStep(w, convention(source));
    }

    private static FlopConvention convention(String source) {
        boolean causal = source.contains("Bridge") || source.contains("MoE") || source.contains("Qwen3");
        return causal ? FlopConvention.CAUSAL : FlopConvention.NON_CAUSAL;
    }
}
