package dev.kneepoint.backend.cpu;

import dev.kneepoint.plan.StepPlan;
import dev.kneepoint.spi.OpSizes;
import dev.kneepoint.spi.UnsupportedPlanException;
import dev.kneepoint.units.Bytes;

/** Says what the backend cannot run, before anything starts. */
final class Refusals {
    /** Share of the free heap that a run's arrays may take. */
    private static final double HEAP_SHARE = 0.8;

    private Refusals() {}

    static void check(StepPlan plan, CpuOptions options) {
        int ranks = plan.layout().devices();
        if (ranks > CpuBackend.MAX_RANKS) {
            throw new UnsupportedPlanException("the plan has " + ranks + " ranks; backend cpu runs at most "
                    + CpuBackend.MAX_RANKS + ", backend sim any number");
        }
        for (Fault f : options.faults()) {
            if (f.rank() >= ranks) {
                throw new IllegalArgumentException("cpu.faults: there is no rank " + f.rank() + " in a plan with "
                        + ranks + " ranks, 0 to " + (ranks - 1));
            }
        }
        double floats = plan.programs().stream()
                .mapToDouble(p -> (double) p.ranks() * new OpSizes(plan, p).floatsHeld())
                .sum();
        double room = room();
        if (floats * OpSizes.FLOAT > room) {
            // Garbage of earlier runs counts as used until it is collected; only then is there really no room.
            System.gc();
            room = room();
        }
        if (floats * OpSizes.FLOAT > room) {
            throw new UnsupportedPlanException(
                    "the arrays of " + ranks + " ranks need " + new Bytes((long) (floats * OpSizes.FLOAT))
                            + ", the heap has room for " + new Bytes((long) room)
                            + "; raise -Xmx, or take a smaller micro-batch, a smaller model or fewer ranks");
        }
    }

    private static double room() {
        Runtime runtime = Runtime.getRuntime();
        return HEAP_SHARE * (runtime.maxMemory() - (double) (runtime.totalMemory() - runtime.freeMemory()));
    }
}
