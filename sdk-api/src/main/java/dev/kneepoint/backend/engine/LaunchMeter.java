package dev.kneepoint.backend.engine;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/** Takes what launching costs the ranks of a run, where somebody wants to know. Confined to the thread of the run. */
public final class LaunchMeter {
    private final boolean wanted;
    private final List<LaunchCost> costs = new ArrayList<>();
    private Optional<String> reason = Optional.empty();

    /**
     * Nothing measured yet.
     *
     * @param wanted whether anything is to be measured, which takes some steps more
     */
    public LaunchMeter(boolean wanted) {
        this.wanted = wanted;
    }

    boolean isWanted() {
        return wanted;
    }

    void measured(LaunchCost cost) {
        costs.add(cost);
    }

    void missed(String why) {
        reason = Optional.of(why);
    }

    /**
     * The cost of the stage whose step takes longest by launches.
     *
     * @return empty if none was measured
     */
    public Optional<LaunchCost> slowest() {
        return costs.stream()
                .max(Comparator.comparingDouble(cost -> cost.launched().deviceSeconds()));
    }

    /**
     * Why some stage was not measured.
     *
     * @return empty if all were, or nobody wanted it
     */
    public Optional<String> reason() {
        return reason;
    }
}
