package dev.kneepoint.study;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import dev.kneepoint.annotation.Incubating;
import dev.kneepoint.profile.Scenario;
import dev.kneepoint.spi.CancellationToken;
import dev.kneepoint.spi.ProgressListener;
import dev.kneepoint.strategy.StrategySpace;
import dev.kneepoint.units.Bytes;
import dev.kneepoint.units.Checks;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Consumer;

/** Builds a {@link StrategySearch}; thread-confined. */
@Incubating
public final class StrategySearchBuilder {
    final Scenario scenario;
    final int devices;
    SearchObjective objective = SearchObjective.THROUGHPUT;
    Bytes maxMemory;
    String fixed = "";
    int top = 10;
    int threads = Runtime.getRuntime().availableProcessors();
    boolean prune = true;
    boolean pareto;
    Consumer<FoundLayout> consumer = found -> {};
    ProgressListener progress = ProgressListener.none();
    CancellationToken cancellation = CancellationToken.none();
    Optional<Duration> budget = Optional.empty();

    StrategySearchBuilder(Scenario scenario, int devices) {
        this.scenario = scenario;
        this.devices = Checks.range("devices", devices, 1, scenario.cluster().maxDevices());
        this.maxMemory = scenario.cluster().accelerator().memory();
    }

    /**
     * Chooses what is wanted most.
     *
     * @param wanted the objective; throughput unless set
     * @return this
     */
    @CanIgnoreReturnValue
    public StrategySearchBuilder objective(SearchObjective wanted) {
        this.objective = wanted;
        return this;
    }

    /**
     * Limits the memory that a layout may need on a device.
     *
     * @param limit the limit; the device's memory unless set
     * @return this
     */
    @CanIgnoreReturnValue
    public StrategySearchBuilder maxMemory(Bytes limit) {
        this.maxMemory = limit;
        return this;
    }

    /**
     * Fixes parts of the strategy, see {@link StrategySpace#of(dev.kneepoint.workload.TrainingWorkload, int, String)}.
     *
     * @param parts for example {@code fsdp|hsdp,tp=1|2}; blank for none
     * @return this
     */
    @CanIgnoreReturnValue
    public StrategySearchBuilder fix(String parts) {
        this.fixed = parts;
        return this;
    }

    /**
     * Sets how many layouts to return.
     *
     * @param layouts 1 to 100,000; 10 unless set
     * @return this
     */
    @CanIgnoreReturnValue
    public StrategySearchBuilder top(int layouts) {
        this.top = Checks.range("top", layouts, 1, 100_000);
        return this;
    }

    /**
     * Sets how many threads search.
     *
     * @param count 1 to 1,024; the processors of the machine unless set
     * @return this
     */
    @CanIgnoreReturnValue
    public StrategySearchBuilder threads(int count) {
        this.threads = Checks.range("threads", count, 1, 1024);
        return this;
    }

    /**
     * Chooses whether layouts that cannot be among the best are left out.
     *
     * @param leaveOut true unless set; false evaluates every layout, with the same result
     * @return this
     */
    @CanIgnoreReturnValue
    public StrategySearchBuilder prune(boolean leaveOut) {
        this.prune = leaveOut;
        return this;
    }

    /**
     * Chooses whether to find the front of step time, memory and energy, {@link SearchResult#pareto()}. Every layout that
     * bounds cannot rule out is simulated for its energy, a few milliseconds each.
     *
     * @param wanted false unless set
     * @return this
     */
    @CanIgnoreReturnValue
    public StrategySearchBuilder pareto(boolean wanted) {
        this.pareto = wanted;
        return this;
    }

    /** Whether energy is asked for. */
    boolean energy() {
        return pareto || objective == SearchObjective.ENERGY;
    }

    /**
     * Hears of every layout that was evaluated and fits.
     *
     * @param listener called from all searching threads, in no order; must be thread-safe and quick
     * @return this
     */
    @CanIgnoreReturnValue
    public StrategySearchBuilder consumer(Consumer<FoundLayout> listener) {
        this.consumer = listener;
        return this;
    }

    /**
     * Hears of progress, in hundredths of the space.
     *
     * @param listener called from one thread at a time
     * @return this
     */
    @CanIgnoreReturnValue
    public StrategySearchBuilder progress(ProgressListener listener) {
        this.progress = listener;
        return this;
    }

    /**
     * Lets the host stop the search.
     *
     * @param token the token
     * @return this
     */
    @CanIgnoreReturnValue
    public StrategySearchBuilder cancellation(CancellationToken token) {
        this.cancellation = token;
        return this;
    }

    /**
     * Limits the time; what was found by then is the result.
     *
     * @param limit the limit; none unless set
     * @return this
     */
    @CanIgnoreReturnValue
    public StrategySearchBuilder budget(Duration limit) {
        this.budget = Optional.of(limit);
        return this;
    }

    /**
     * The search.
     *
     * @return the search
     * @throws IllegalArgumentException if the fixed parts cannot be read, or the device lacks the workload's precision
     */
    public StrategySearch build() {
        return new StrategySearch(this);
    }

    /**
     * Builds and runs.
     *
     * @return what was found
     */
    public SearchResult run() {
        return build().run();
    }
}
