package dev.kneepoint.samples.host;

import dev.kneepoint.Kneepoint;
import dev.kneepoint.metrics.ScalingMetrics;
import dev.kneepoint.plan.StepPlan;
import dev.kneepoint.spi.Backend;
import dev.kneepoint.spi.BackendException;
import dev.kneepoint.spi.ExecutionRequest;
import dev.kneepoint.spi.RankFailedException;

/** Runs one step of a job and says whether its ranks wait for a slow one. */
public final class StragglerAlarm {
    private final double tolerated;

    /**
     * An alarm.
     *
     * @param tolerated share of the step that ranks may wait for a slow one, 0 to 1
     */
    public StragglerAlarm(double tolerated) {
        if (!(tolerated >= 0 && tolerated <= 1)) {
            throw new IllegalArgumentException("tolerated share must be between 0 and 1, not " + tolerated);
        }
        this.tolerated = tolerated;
    }

    /** What the alarm found. */
    public sealed interface Finding {
        /**
         * Nobody waits for long.
         *
         * @param share share of the step
         */
        record Healthy(double share) implements Finding {}

        /**
         * Ranks wait for a slow one.
         *
         * @param share share of the step
         * @param lostTokensPerSecond what a job without the wait would train more
         */
        record Slow(double share, double lostTokensPerSecond) implements Finding {}

        /**
         * The step failed.
         *
         * @param rank the rank that caused it, or -1 if it was not a rank
         * @param reason what failed
         */
        record Failed(int rank, String reason) implements Finding {}
    }

    /**
     * Runs a step.
     *
     * @param backend where
     * @param plan what
     * @return what was found; a failed step is an answer too
     */
    public Finding check(Backend backend, StepPlan plan) {
        ScalingMetrics m;
        try {
            m = Kneepoint.run(backend, ExecutionRequest.of(plan));
        } catch (RankFailedException e) {
            return new Finding.Failed(e.rank(), String.valueOf(e.getMessage()));
        } catch (BackendException e) {
            return new Finding.Failed(-1, String.valueOf(e.getMessage()));
        }
        double share = m.meanParts().straggler() / m.meanParts().total();
        return share <= tolerated
                ? new Finding.Healthy(share)
                : new Finding.Slow(share, m.tokensPerSecond() * share / (1 - share));
    }
}
