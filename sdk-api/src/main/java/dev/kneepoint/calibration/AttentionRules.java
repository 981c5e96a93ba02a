package dev.kneepoint.calibration;

import dev.kneepoint.profile.AttentionKernel;
import java.util.Optional;
import java.util.regex.Pattern;

/** The attention kernel of a published run, where it need not be the one of its stack's preset. */
final class AttentionRules {
    private static final Pattern PLAIN =
            Pattern.compile("unfused|fused_softmax|no_flash|(?<![a-z])(eager|naive|math)(?![a-z])");
    private static final Pattern FIRST = Pattern.compile("xformers|(?<![a-z])(flash|fa)[a-z_ -]*v?1(?![0-9])");
    private static final Pattern VENDOR =
            Pattern.compile("(?<![a-z])(te|cudnn)(?![a-z])|transformer.?engine|(flash|(?<![a-z])fa)[a-z_ -]*v?3");
    private static final Pattern SECOND = Pattern.compile("(flash|(?<![a-z])fa)[a-z_ -]*v?2");
    private static final Pattern FUSED = Pattern.compile("flash|sdpa|(?<![a-z])fa2");

    /** FlashAttention (arXiv 2205.14135) appeared in May 2022, FlashAttention-2 (2307.08691) in July 2023. */
    private static final double FLASH = 2022.4;

    private static final double FLASH2 = 2023.55;

    private AttentionRules() {}

    static Optional<AttentionKernel> choose(Measurement m, String preset, double year) {
        Words x = Words.column(m, "attention_impl");
        if (x.match(PLAIN) || m.text("model").contains("GPT-OSS") || isPlainJax(m)) {
            return Optional.of(AttentionKernel.UNFUSED);
        }
        if (x.match(FIRST) || m.source().contains("llm-foundry")) {
            return Optional.of(AttentionKernel.FLASH1);
        }
        if (x.match(VENDOR)) {
            return Optional.of(AttentionKernel.VENDOR);
        }
        if (x.match(FUSED)) {
            boolean second = year >= FLASH2 || x.match(SECOND);
            return Optional.of(second ? AttentionKernel.FLASH2 : AttentionKernel.FLASH1);
        }
        boolean earlier = preset.startsWith("torch") && year < FLASH;
        return earlier ? Optional.of(AttentionKernel.UNFUSED) : Optional.empty();
    }

    /** JAX-Toolbox's Paxml without Transformer Engine: attention as XLA compiles it. */
    private static boolean isPlainJax(Measurement m) {
        return m.source().contains("Paxml") && m.id().contains("-bf16-");
    }
}
