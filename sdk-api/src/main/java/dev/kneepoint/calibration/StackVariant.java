package dev.kneepoint.calibration;

import dev.kneepoint.annotation.Incubating;
import dev.kneepoint.profile.AttentionKernel;
import dev.kneepoint.profile.KernelHabits;
import dev.kneepoint.profile.ProfileSet;
import dev.kneepoint.profile.SoftwareStack;
import dev.kneepoint.profile.UpdateSharing;

/** One habit in which a published run differs from the preset of its stack. */
@Incubating
public sealed interface StackVariant {
    /**
     * The stack with the habit changed.
     *
     * @param stack the preset, or it with other habits changed
     * @param profiles where other presets are
     * @return the changed stack
     */
    SoftwareStack apply(SoftwareStack stack, ProfileSet profiles);

    /**
     * Another attention kernel.
     *
     * @param kernel the kernel
     */
    record Attention(AttentionKernel kernel) implements StackVariant {
        @Override
        public SoftwareStack apply(SoftwareStack stack, ProfileSet profiles) {
            return stack.with("kernels.attention", kernel);
        }
    }

    /** A stack that is compiled by default, run eagerly: what is not fused is written and read again. */
    record Eager() implements StackVariant {
        private static final double EAGER_BYTES = 2;

        @Override
        public SoftwareStack apply(SoftwareStack stack, ProfileSet profiles) {
            return stack.with("kernels.kernelShare", 1.0)
                    .with(
                            "kernels.memoryBoundFactor",
                            EAGER_BYTES * stack.kernels().memoryBoundFactor());
        }
    }

    /**
     * Tensor-parallel collectives in pieces beside the products, as another stack does it.
     *
     * @param other the other stack's preset
     */
    record TensorOverlapOf(String other) implements StackVariant {
        @Override
        public SoftwareStack apply(SoftwareStack stack, ProfileSet profiles) {
            return stack.with(
                    "overlap.tensorExposure", profiles.stack(other).overlap().tensorExposure());
        }
    }

    /** The expert all-to-all behind the computation of another micro-batch (DualPipe, arXiv 2412.19437, 3.2.1). */
    record HiddenExchange() implements StackVariant {
        @Override
        public SoftwareStack apply(SoftwareStack stack, ProfileSet profiles) {
            return stack.with("overlap.expertExposure", 0.0);
        }
    }

    /** A broadcast from every owner of optimizer state after the step. */
    record OwnerBroadcasts() implements StackVariant {
        @Override
        public SoftwareStack apply(SoftwareStack stack, ProfileSet profiles) {
            return stack.with("communication.updates", UpdateSharing.BROADCAST);
        }
    }

    /** Gradients reduced in 16 bits. */
    record NarrowGradients() implements StackVariant {
        @Override
        public SoftwareStack apply(SoftwareStack stack, ProfileSet profiles) {
            return stack.with("communication.gradientBytes", 2.0);
        }
    }

    /**
     * An earlier or later release than the preset describes. Frameworks get quicker on the same hardware; how much a year
     * is a constant of the preset, and what lies farther away than two years counts as two.
     *
     * @param years years after the preset's date, negative before
     */
    record Release(double years) implements StackVariant {
        private static final double FARTHEST = 2;

        /** Years that count. */
        double counted() {
            return Math.max(-FARTHEST, Math.min(FARTHEST, years));
        }

        @Override
        public SoftwareStack apply(SoftwareStack stack, ProfileSet profiles) {
            double gain = Math.exp(stack.yearlyGain() * counted());
            KernelHabits k = stack.kernels();
            return stack.with("kernels.gemmFactor", k.gemmFactor() * gain)
                    .with("kernels.memoryBoundFactor", k.memoryBoundFactor() / gain)
                    .with("kernels.launchMicros", k.launchMicros() / gain)
                    .with("kernels.mixtureHostMicros", k.mixtureHostMicros() / gain)
                    .with("kernels.expertHostMicros", k.expertHostMicros() / gain)
                    .with("kernels.expertCastMicros", k.expertCastMicros() / gain);
        }
    }
}
