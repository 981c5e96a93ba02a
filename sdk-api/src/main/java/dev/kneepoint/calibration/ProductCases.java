package dev.kneepoint.calibration;

import com.google.common.collect.ImmutableMap;
import dev.kneepoint.cluster.Accelerator;
import dev.kneepoint.cluster.ClusterCatalog;
import dev.kneepoint.cost.GemmCost;
import dev.kneepoint.profile.AttentionCurve;
import dev.kneepoint.profile.AttentionKernel;
import dev.kneepoint.profile.GemmCurve;
import dev.kneepoint.units.FlopsPerSecond;
import dev.kneepoint.workload.Precision;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Which device and curve a measured product or attention belongs to. */
final class ProductCases {
    private static final Map<String, String> CLUSTERS = ImmutableMap.<String, String>builder()
            .put("A100-SXM", "dgx-a100-80gb")
            .put("A100-SXM-40GB", "dgx-a100-40gb")
            .put("H100-SXM", "dgx-h100")
            .put("H800-SXM", "hgx-h800")
            .put("H200", "dgx-h200")
            .put("GH200", "dgx-h200")
            .put("B200", "hgx-b200")
            .put("B300", "hgx-b300")
            .put("GB200", "gb200-nvl72")
            .buildOrThrow();
    private static final List<String> WIDE = List.of("bf16", "fp16");
    private static final List<String> NARROW = List.of("fp8_e4m3");
    private static final double TERA = 1e12;

    /** Reused: a cost keeps a table of results that is large beside a row. */
    private final GemmCost cost = new GemmCost();

    /** Why a row cannot be compared, if so. */
    static Optional<String> leftOut(GemmSample s) {
        boolean product = s.operation().equals("gemm");
        if (!product && !s.operation().equals("attention")) {
            return Optional.of("neither a product nor attention");
        }
        if (s.quality().equals("C")) {
            return Optional.of("quality C");
        }
        if (!CLUSTERS.containsKey(s.device())) {
            return Optional.of("no fitted profile of " + s.device());
        }
        if (product) {
            return WIDE.contains(s.precision()) || NARROW.contains(s.precision())
                    ? Optional.empty()
                    : Optional.of("no fitted curve for " + s.precision());
        }
        return s.library().equals("FA2") && s.variant().equals("fwd+bwd causal")
                ? Optional.empty()
                : Optional.of("attention other than FlashAttention-2's causal forward and backward");
    }

    MicrobenchmarkCase of(GemmSample s) {
        Accelerator device = ClusterCatalog.get(MicrobenchmarkCase.require(CLUSTERS.get(s.device()), s.device()))
                .accelerator();
        return s.operation().equals("gemm")
                ? new Product(s, device, NARROW.contains(s.precision()), cost)
                : new Attention(s, device);
    }

    /** A kernel that runs alone. */
    private interface OnOneDevice extends MicrobenchmarkCase {
        Accelerator device();

        @Override
        default String architecture() {
            return device().architecture();
        }

        @Override
        default Optional<String> network() {
            return Optional.empty();
        }
    }

    /** A product. */
    record Product(GemmSample sample, Accelerator device, boolean narrow, GemmCost cost) implements OnOneDevice {
        @Override
        public String group() {
            return sample.device() + (narrow ? " 8-bit" : " 16-bit");
        }

        @Override
        public String label() {
            return String.format(
                    "%.0f x %.0f x %.0f, %.0f at once, %s",
                    sample.m(), sample.n(), sample.k(), sample.count(), sample.library());
        }

        @Override
        public double measuredSeconds() {
            return sample.seconds();
        }

        @Override
        public String tool() {
            if (sample.library().startsWith("XLA")) {
                return "xla";
            }
            boolean chart = sample.source().contains("curve");
            return chart ? "chart" : sample.source().contains("EleutherAI") ? "torch" : "kernel-loop";
        }

        @Override
        public double predict(MicrobenchmarkProfiles profiles) {
            Precision precision = narrow ? Precision.FP8 : Precision.BF16;
            GemmCurve curve =
                    narrow ? device(profiles).gemmQuantised() : device(profiles).gemm();
            cost.set(
                    withoutFloor(curve),
                    device.peak(precision).map(FlopsPerSecond::value).orElseThrow(),
                    device.memoryBandwidth().value(),
                    device.multiprocessors(),
                    precision.operandBytes(),
                    1);
            return cost.seconds(sample.m(), sample.n(), sample.k(), sample.count())
                    + tool(profiles).kernelMicros() * 1e-6;
        }
    }

    /** The shortest kernel of a step is not that of a traced benchmark, whose floor is its tool's. */
    private static GemmCurve withoutFloor(GemmCurve c) {
        return new GemmCurve(
                c.efficiency(),
                c.memoryEfficiency(),
                c.fillK(),
                c.tileRatio1(),
                c.tileRatio2(),
                0,
                c.sustained(),
                c.misaligned64());
    }

    /** An attention core; the sources print rates, so times are those of 10^12 operations. */
    record Attention(GemmSample sample, Accelerator device) implements OnOneDevice {
        @Override
        public String group() {
            return sample.device() + " FlashAttention-2";
        }

        @Override
        public String label() {
            return String.format("length %.0f, head size %.0f", sample.sequenceLength(), sample.headSize());
        }

        @Override
        public double measuredSeconds() {
            return 1 / sample.teraflops();
        }

        @Override
        public String tool() {
            return "kernel-loop";
        }

        @Override
        public double predict(MicrobenchmarkProfiles profiles) {
            AttentionCurve curve =
                    MicrobenchmarkCase.require(device(profiles).attention().get(AttentionKernel.FLASH2), "flash2");
            return TERA / curve.rate(sample.sequenceLength(), sample.headSize());
        }
    }
}
