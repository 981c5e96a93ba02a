package dev.kneepoint.samples.scheduler;

import dev.kneepoint.Kneepoint;
import dev.kneepoint.analysis.KneeResult;
import dev.kneepoint.profile.Scenario;
import dev.kneepoint.spi.CancellationToken;
import dev.kneepoint.spi.DeadlineExceededException;
import dev.kneepoint.spi.ExecutionCancelledException;
import dev.kneepoint.strategy.ParallelismStrategy;
import dev.kneepoint.study.StudyResult;
import dev.kneepoint.study.StudySeries;
import dev.kneepoint.units.Checks;
import java.time.Duration;
import java.util.List;
import java.util.stream.IntStream;

/** Grants a job as many devices as pay, and no more; answers within a deadline. */
public final class KneeAdmission {
    private final Kneepoint kneepoint = Kneepoint.create();
    private final Duration patience;

    /**
     * An admission.
     *
     * @param patience longest time that an answer may take
     */
    public KneeAdmission(Duration patience) {
        this.patience = patience;
    }

    /** The answer to a job. */
    public sealed interface Answer {
        /**
         * Devices for the job.
         *
         * @param devices how many
         * @param reason why not more
         */
        record Grant(int devices, String reason) implements Answer {}

        /**
         * No answer from the model; the caller falls back to what was asked for.
         *
         * @param reason why
         */
        record NoOpinion(String reason) implements Answer {}
    }

    /**
     * Decides on a job that keeps its global batch.
     *
     * @param job model, batch, machines and framework
     * @param strategy how it trains
     * @param asked the most devices that it asks for, 2 to those that the cluster has
     * @param token cancelled when the job is withdrawn
     * @return devices, or why there is no opinion
     * @throws IllegalArgumentException if {@code asked} is out of range
     */
    public Answer decide(Scenario job, ParallelismStrategy strategy, int asked, CancellationToken token) {
        Checks.range("devices asked for", asked, 2, job.cluster().maxDevices());
        try {
            StudyResult result = kneepoint
                    .study(job)
                    .strategies(List.of(strategy))
                    .devices(doublingsUpTo(asked, job.cluster().node().devices()))
                    .strong(job.workload().globalBatch())
                    .deadline(patience)
                    .cancellation(token)
                    .run();
            return answer(result.series().getFirst());
        } catch (DeadlineExceededException | ExecutionCancelledException e) {
            return new Answer.NoOpinion(String.valueOf(e.getMessage()));
        }
    }

    /** Ends with the number asked for, whatever it is: a job whose every size pays gets all of it. */
    private static List<Integer> doublingsUpTo(int most, int node) {
        int first = Math.min(node, most / 2);
        return IntStream.concat(IntStream.iterate(first, n -> n < most, n -> 2 * n), IntStream.of(most))
                .boxed()
                .toList();
    }

    private static Answer answer(StudySeries series) {
        return switch (series.knee()) {
            case KneeResult.At at -> new Answer.Grant(at.devices(), at.reason());
            case KneeResult.BeyondRange beyond -> new Answer.Grant(beyond.largest(), beyond.reason());
            case KneeResult.Never never -> new Answer.NoOpinion(never.reason());
        };
    }
}
