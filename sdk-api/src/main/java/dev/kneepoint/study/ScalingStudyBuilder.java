package dev.kneepoint.study;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import dev.kneepoint.analysis.KneeRule;
import dev.kneepoint.profile.Scenario;
import dev.kneepoint.spi.BackendRegistry;
import dev.kneepoint.spi.CancellationToken;
import dev.kneepoint.spi.ProgressListener;
import dev.kneepoint.strategy.ParallelismStrategy;
import dev.kneepoint.units.Checks;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Builds a {@link ScalingStudy}; thread-confined. */
public final class ScalingStudyBuilder {
    final BackendRegistry backends;
    final Scenario scenario;
    Scaling scaling = Scaling.WEAK;
    int batch = 1;
    List<Integer> devices = List.of(8, 16, 32, 64, 128, 256, 512, 1024, 2048);
    List<ParallelismStrategy> strategies = List.of(ParallelismStrategy.parse("fsdp"));
    boolean envelope;
    String backend = "sim";
    Map<String, String> options = Map.of();
    KneeRule rule = KneeRule.marginalReturn();
    ProgressListener progress = ProgressListener.none();
    CancellationToken cancellation = CancellationToken.none();
    int warmupSteps;
    int measuredSteps = 1;
    Optional<Duration> deadline = Optional.empty();

    ScalingStudyBuilder(BackendRegistry backends, Scenario scenario) {
        this.backends = backends;
        this.scenario = scenario;
    }

    /**
     * Keeps the global batch while devices are added.
     *
     * @param globalBatch sequences per step
     * @return this
     */
    @CanIgnoreReturnValue
    public ScalingStudyBuilder strong(int globalBatch) {
        this.scaling = Scaling.STRONG;
        this.batch = globalBatch;
        return this;
    }

    /**
     * Keeps the batch per device while devices are added.
     *
     * @param localBatch sequences per device and step
     * @return this
     */
    @CanIgnoreReturnValue
    public ScalingStudyBuilder weak(int localBatch) {
        this.scaling = Scaling.WEAK;
        this.batch = localBatch;
        return this;
    }

    /**
     * Sets the sizes.
     *
     * @param sizes numbers of devices; sorted, doubles dropped
     * @return this
     */
    @CanIgnoreReturnValue
    public ScalingStudyBuilder devices(List<Integer> sizes) {
        this.devices = sizes.stream().distinct().sorted().toList();
        return this;
    }

    /**
     * Sets the strategies; the first one is the baseline.
     *
     * @param all one series each
     * @return this
     */
    @CanIgnoreReturnValue
    public ScalingStudyBuilder strategies(List<ParallelismStrategy> all) {
        this.strategies = List.copyOf(all);
        return this;
    }

    /**
     * Sets the strategies by their text forms; the first one is the baseline.
     *
     * @param specs one series each
     * @return this
     * @throws IllegalArgumentException if one is malformed
     */
    @CanIgnoreReturnValue
    public ScalingStudyBuilder strategies(String... specs) {
        List<ParallelismStrategy> all = new ArrayList<>();
        for (String spec : specs) {
            all.add(ParallelismStrategy.parse(spec));
        }
        return strategies(all);
    }

    /**
     * Adds a series {@code best} that takes the quickest strategy at each size.
     *
     * @param wanted whether to add it
     * @return this
     */
    @CanIgnoreReturnValue
    public ScalingStudyBuilder envelope(boolean wanted) {
        this.envelope = wanted;
        return this;
    }

    /**
     * Chooses the backend.
     *
     * @param id its id
     * @param settings its options
     * @return this
     */
    @CanIgnoreReturnValue
    public ScalingStudyBuilder backend(String id, Map<String, String> settings) {
        this.backend = id;
        this.options = Map.copyOf(settings);
        return this;
    }

    /**
     * Chooses the rule of the knee.
     *
     * @param chosen the rule
     * @return this
     */
    @CanIgnoreReturnValue
    public ScalingStudyBuilder kneeRule(KneeRule chosen) {
        this.rule = chosen;
        return this;
    }

    /**
     * Hears of progress.
     *
     * @param listener the listener
     * @return this
     */
    @CanIgnoreReturnValue
    public ScalingStudyBuilder progress(ProgressListener listener) {
        this.progress = listener;
        return this;
    }

    /**
     * Lets the host stop the study.
     *
     * @param token the token
     * @return this
     */
    @CanIgnoreReturnValue
    public ScalingStudyBuilder cancellation(CancellationToken token) {
        this.cancellation = token;
        return this;
    }

    /**
     * How often each point is run; its step time is the median.
     *
     * @param warmup steps before the measured ones, left out; 0 unless set
     * @param measured measured steps; 1 unless set
     * @return this
     * @throws IllegalArgumentException if {@code warmup} is negative or {@code measured} is below 1
     */
    @CanIgnoreReturnValue
    public ScalingStudyBuilder repetitions(int warmup, int measured) {
        Checks.range("warmup steps", warmup, 0, 1_000_000);
        Checks.range("measured steps", measured, 1, 1_000_000);
        this.warmupSteps = warmup;
        this.measuredSteps = measured;
        return this;
    }

    /**
     * Limits the time of the whole study.
     *
     * @param limit the longest time
     * @return this
     */
    @CanIgnoreReturnValue
    public ScalingStudyBuilder deadline(Duration limit) {
        this.deadline = Optional.of(limit);
        return this;
    }

    /**
     * The study.
     *
     * @return the study, not yet run
     * @throws IllegalArgumentException if sizes, strategies or batch are empty or out of range
     */
    public ScalingStudy build() {
        return new ScalingStudy(this);
    }

    /**
     * Builds and runs.
     *
     * @return the result
     */
    public StudyResult run() {
        return build().run();
    }
}
