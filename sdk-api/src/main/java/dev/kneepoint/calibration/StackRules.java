package dev.kneepoint.calibration;

import dev.kneepoint.profile.ProfileCatalog;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * Chooses the software stack of a published run from its source, date and layout, never from what it measured. A source
 * that no rule knows gets PyTorch's stack if it shards weights or replicates a model without tensor and pipeline
 * parallelism, else Megatron's of its year.
 */
final class StackRules {
    private static final double CORE_2025 = 2025.25;
    private static final double CORE_2024 = 2023.3;
    private static final double MEGATRON_2022 = 2022.4;

    private static final String[] TORCH_TRAINERS = {
        "nanogpt",
        "pytorch",
        "hugging face",
        "huggingface",
        "axolotl",
        "llama-factory",
        "llamafactory",
        "accelerate",
        "lightning",
        "torchtune"
    };

    private StackRules() {}

    static StackChoice choose(Measurement m, String kind) {
        String preset = name(m, kind);
        List<StackVariant> variants = new ArrayList<>();
        AttentionRules.choose(m, preset, year(m.text("date")))
                .ifPresent(k -> variants.add(new StackVariant.Attention(k)));
        String words = (m.id() + " " + m.source() + " " + m.text("row_ref")).toLowerCase(Locale.ROOT);
        if (preset.equals("torchtitan")) {
            if (!words.contains("compile") && m.text("precision").equals("bf16")) {
                variants.add(new StackVariant.Eager());
            }
            if (words.contains("async")) {
                variants.add(new StackVariant.TensorOverlapOf("megatron-core-2024"));
            }
        }
        if (m.source().contains("InternEvo")) {
            variants.add(new StackVariant.OwnerBroadcasts());
        }
        if (m.source().contains("DeepSeek-V3")) {
            variants.add(new StackVariant.HiddenExchange());
        }
        if (reducesNarrow(m)) {
            variants.add(new StackVariant.NarrowGradients());
        }
        if (!m.text("date").isBlank()) {
            double years =
                    year(m.text("date")) - year(ProfileCatalog.stack(preset).date());
            variants.add(new StackVariant.Release(years));
        }
        return new StackChoice(preset, variants);
    }

    /** The tables of llm-foundry that ran with its PURE mixed precision: the old one, and that of 40 GB cards. */
    private static boolean reducesNarrow(Measurement m) {
        return m.source().contains("llm-foundry")
                && (m.source().contains("2023-05") || m.text("accelerator").contains("40GB"));
    }

    private static String name(Measurement m, String kind) {
        Words source = Words.source(m);
        Words place = Words.place(m);
        return named(source, place).orElseGet(() -> {
            boolean sharded = DataKindRules.shardsWeights(kind);
            if (sharded && (source.say("deepspeed") || place.match(DataKindRules.ZERO3))) {
                return "deepspeed-zero3";
            }
            boolean vendor = source.say("nvidia", "nemo", "megatron", "mlperf");
            if (m.count("pp", 1) == 1 && !vendor && (sharded || isPlainTorch(m, place, kind))) {
                return place.say("compile", "nanogpt") ? "torch-fsdp-compiled" : "torch-fsdp";
            }
            return megatron(m, source);
        });
    }

    /** The preset of a framework that is named, or of a project that is known to have run it. */
    private static Optional<String> named(Words source, Words place) {
        if (source.say("nanotron")) {
            return Optional.of("nanotron");
        }
        if (source.say("llm-foundry")) {
            return Optional.of("torch-fsdp");
        }
        if (source.say("torchtitan") || place.say("fsdp2", "simplefsdp")) {
            return Optional.of("torchtitan");
        }
        if (source.say("deepspeed on azure", "zero++")) {
            return Optional.of("deepspeed-zero3");
        }
        if (source.say("jax", "levanter", "t5x") || place.say("maxtext")) {
            return Optional.of("jax");
        }
        if (source.say("internevo", "zero bubble", "korthikanti")) {
            return Optional.of("megatron-2022");
        }
        return source.say("vtrain", "bigscience") ? Optional.of("megatron-2021") : Optional.empty();
    }

    /** Replicated models without tensor parallelism: PyTorch's own wrapper, or a trainer around it. */
    private static boolean isPlainTorch(Measurement m, Words place, String kind) {
        boolean replicated = kind.equals("ddp") && year(m.text("date")) >= MEGATRON_2022;
        return m.count("tp", 1) == 1 && (replicated || place.say(TORCH_TRAINERS));
    }

    private static String megatron(Measurement m, Words source) {
        double year = year(m.text("date"));
        if (source.say("deepseek-v3") || year >= CORE_2025) {
            return "megatron-core-2025";
        }
        if (source.say("megatron-deepspeed")) {
            return Words.column(m, "attention_impl").say("flash") ? "megatron-2022" : "megatron-2021";
        }
        if (year >= CORE_2024) {
            return "megatron-core-2024";
        }
        return year >= MEGATRON_2022 ? "megatron-2022" : "megatron-2021";
    }

    private static double year(String date) {
        try {
            double year = Double.parseDouble(date.substring(0, Math.min(4, date.length())));
            return date.length() >= 7 ? year + Double.parseDouble(date.substring(5, 7)) / 12 : year + 0.5;
        } catch (NumberFormatException e) {
            return 2024.5;
        }
    }
}
