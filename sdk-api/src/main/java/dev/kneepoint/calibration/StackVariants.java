package dev.kneepoint.calibration;

import dev.kneepoint.profile.AttentionKernel;
import dev.kneepoint.profile.CommunicationHabits;
import dev.kneepoint.profile.KernelHabits;
import dev.kneepoint.profile.OverlapHabits;
import dev.kneepoint.profile.SoftwareStack;

/** Presets with one habit changed, where a source names it. */
final class StackVariants {
    /** Memory-bound bytes of eager kernels against compiled ones: what is not fused is written and read again. */
    private static final double EAGER_BYTES = 2;

    private StackVariants() {}

    static SoftwareStack attention(SoftwareStack s, AttentionKernel kernel) {
        KernelHabits k = s.kernels();
        return kernel == k.attention() ? s : kernels(s, kernel, k.kernelShare(), k.memoryBoundFactor());
    }

    /** A stack that is compiled by default, run eagerly. */
    static SoftwareStack eager(SoftwareStack s) {
        KernelHabits k = s.kernels();
        return kernels(s, k.attention(), 1, EAGER_BYTES * k.memoryBoundFactor());
    }

    private static SoftwareStack kernels(SoftwareStack s, AttentionKernel kernel, double share, double bytes) {
        KernelHabits k = s.kernels();
        KernelHabits changed = new KernelHabits(
                kernel,
                k.launchMicros(),
                share,
                bytes,
                k.gemmFactor(),
                k.castFactor(),
                k.mixtureHostMicros(),
                k.expertHostMicros(),
                k.mixtureGemmFactor(),
                k.unfusedPasses());
        return with(s, changed, s.overlap(), s.communication());
    }

    /** Tensor-parallel collectives in pieces beside the products, as another stack does it. */
    static SoftwareStack tensorOverlapOf(SoftwareStack s, SoftwareStack other) {
        OverlapHabits o = s.overlap();
        OverlapHabits changed = new OverlapHabits(
                o.shardExposure(),
                o.gradientRate(),
                other.overlap().tensorExposure(),
                o.contextExposure(),
                o.expertExposure(),
                o.pipelineExposure());
        return with(s, s.kernels(), changed, s.communication());
    }

    /** Gradients reduced in 16 bits. */
    static SoftwareStack narrowGradients(SoftwareStack s) {
        CommunicationHabits c = s.communication();
        CommunicationHabits changed = new CommunicationHabits(
                2,
                c.quantisedGatherBytes(),
                c.bucketBytes(),
                c.bucketBytesPerRank(),
                c.collectivesPerUnit(),
                c.networkFactor(),
                c.tensorOverheadMicros(),
                c.collectiveLaunchMicros());
        return with(s, s.kernels(), s.overlap(), changed);
    }

    private static SoftwareStack with(
            SoftwareStack s, KernelHabits kernels, OverlapHabits overlap, CommunicationHabits communication) {
        return new SoftwareStack(
                s.name(),
                s.date(),
                s.source(),
                kernels,
                overlap,
                communication,
                s.memory(),
                s.accumulateUnsharded(),
                s.fixedMillis());
    }
}
