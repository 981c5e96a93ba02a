package dev.kneepoint.calibration;

import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalDouble;

/**
 * Which rows count in the statistics: NVIDIA devices, a whole training step of a known shape, and a step time that was
 * printed or follows from tokens per second. Rates in FLOP/s are compared too, but do not count: their convention is the
 * source's own.
 */
final class Eligibility {
    private static final List<String> DEVICES = List.of("A100", "H100", "H200", "H800", "B200", "B300", "V100");
    private static final List<String> SHAPE = List.of("layers", "hidden", "heads", "seq_len", "global_batch", "gpus");

    private Eligibility() {}

    /** Why a row does not count, the same words for the same cause; empty if it does. */
    static Optional<String> whyNot(Measurement m) {
        if (!isPositive(m.number("step_time_s")) && !isPositive(m.number("tokens_per_s_per_gpu"))) {
            return Optional.of("neither step time nor tokens/s is printed");
        }
        for (String column : SHAPE) {
            if (m.number(column).orElse(0) == 0) {
                return Optional.of("no " + column);
            }
        }
        if (DEVICES.stream().noneMatch(m.text("accelerator")::contains)) {
            return Optional.of("not one of the judged devices (V100 to B300)");
        }
        if ((m.id() + m.text("model") + m.text("row_ref"))
                .toLowerCase(Locale.ROOT)
                .contains("lora")) {
            return Optional.of("not a full training step (LoRA)");
        }
        boolean layer = m.source().contains("Korthikanti") && m.number("layers").orElse(0) == 1;
        return layer ? Optional.of("a single layer, not a step") : Optional.empty();
    }

    private static boolean isPositive(OptionalDouble value) {
        return value.isPresent() && value.getAsDouble() > 0;
    }
}
