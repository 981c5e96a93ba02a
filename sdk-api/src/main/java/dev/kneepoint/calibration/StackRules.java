package dev.kneepoint.calibration;

import dev.kneepoint.profile.AttentionKernel;
import dev.kneepoint.profile.ProfileCatalog;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** Chooses the software stack of a published run from its source, date and layout, never from what it measured. */
final class StackRules {
    private static final double CORE_2025 = 2025.25;
    private static final double CORE_2024 = 2023.3;
    private static final double MEGATRON_2022 = 2022.4;

    private StackRules() {}

    static StackChoice choose(Measurement m) {
        String preset = name(m);
        List<StackVariant> variants = new ArrayList<>();
        kernel(m).ifPresent(k -> variants.add(new StackVariant.Attention(k)));
        String words = (m.id() + " " + m.text("row_ref")).toLowerCase(Locale.ROOT);
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

    private static String name(Measurement m) {
        String s = m.source();
        boolean sharded = m.text("dp_kind").equals("fsdp") || m.text("dp_kind").equals("hsdp");
        if (s.contains("nanotron")) {
            return "nanotron";
        }
        if (s.contains("llm-foundry") || s.contains("PyTorch FSDP") || s.contains("fms")) {
            return "torch-fsdp";
        }
        if (s.contains("TorchTitan")) {
            return "torchtitan";
        }
        if (s.contains("DeepSpeed on Azure") || s.contains("ZeRO++")) {
            return "deepspeed-zero3";
        }
        if (s.contains("JAX") || s.contains("MaxText") || m.id().contains("maxtext")) {
            return "jax";
        }
        if (s.contains("InternEvo") || s.contains("Zero Bubble") || s.contains("Korthikanti")) {
            return "megatron-2022";
        }
        boolean vendor = s.contains("NVIDIA") || s.contains("NeMo") || s.contains("Megatron") || s.contains("MLPerf");
        if (sharded && (s.contains("DeepSpeed") || s.contains("ZeRO-3"))) {
            return "deepspeed-zero3";
        }
        if (sharded && !vendor && m.count("pp", 1) == 1) {
            return "torch-fsdp";
        }
        return byDate(s, year(m.text("date")));
    }

    private static String byDate(String source, double year) {
        if (source.contains("Bridge")
                || source.contains("MoE")
                || source.contains("DeepSeek-V3")
                || year >= CORE_2025) {
            return "megatron-core-2025";
        }
        if (source.contains("vTrain") || source.contains("BLOOM")) {
            return "megatron-2021";
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

    private static Optional<AttentionKernel> kernel(Measurement m) {
        String x = m.text("attention_impl").toLowerCase(Locale.ROOT);
        if (x.contains("unfused") || x.contains("fused_softmax") || x.contains("no_flash")) {
            return Optional.of(AttentionKernel.UNFUSED);
        }
        if (m.text("model").contains("GPT-OSS") || isPlainJax(m)) {
            return Optional.of(AttentionKernel.UNFUSED);
        }
        if (x.contains("flash1") || x.contains("xformers") || m.source().contains("llm-foundry")) {
            return Optional.of(AttentionKernel.FLASH1);
        }
        if (x.contains("te")) {
            return Optional.of(AttentionKernel.VENDOR);
        }
        return x.contains("flash") ? Optional.of(AttentionKernel.FLASH2) : Optional.empty();
    }

    /** JAX-Toolbox's Paxml without Transformer Engine: attention as XLA compiles it. */
    private static boolean isPlainJax(Measurement m) {
        return m.source().contains("Paxml") && m.id().contains("-bf16-");
    }
}
