package dev.kneepoint.backend.cuda;

import com.google.common.collect.ImmutableSortedMap;
import dev.kneepoint.backend.engine.LaunchCost;
import dev.kneepoint.backend.engine.LaunchMeter;
import java.util.Locale;
import java.util.Optional;
import java.util.SortedMap;

/**
 * What a step costs by launches and as a graph, for readers of a run's figures; nothing unless it was asked for. Confined.
 */
final class StepLaunches {
    private static final String LAUNCHES = "step by launches";
    private static final String REPLAY = "step by graph replay";
    private static final double MICRO = 1e-6;

    private final boolean wanted;
    private final Optional<String> missing;
    private final LaunchMeter meter;

    private StepLaunches(boolean wanted, Optional<String> missing) {
        this.wanted = wanted;
        this.missing = missing;
        this.meter = new LaunchMeter(wanted && missing.isEmpty());
    }

    /**
     * Nothing measured yet.
     *
     * @param wanted whether it was asked for
     */
    static StepLaunches of(boolean wanted) {
        return new StepLaunches(wanted, wanted ? CudaGraph.missing(CudaDiscovery.driverVersion()) : Optional.empty());
    }

    /** Takes the figures. */
    LaunchMeter meter() {
        return meter;
    }

    /**
     * What came of it.
     *
     * @param stages of the plan
     */
    SortedMap<String, String> origin(int stages) {
        ImmutableSortedMap.Builder<String, String> out = ImmutableSortedMap.naturalOrder();
        if (!wanted) {
            return out.build();
        }
        Optional<String> reason = missing.or(meter::reason);
        if (reason.isPresent()) {
            return out.put(REPLAY, "not measured: " + reason.get()).build();
        }
        LaunchCost cost = meter.slowest().orElseThrow();
        return out.put(LAUNCHES, launches(cost, stages))
                .put(REPLAY, replay(cost, stages))
                .build();
    }

    private static String launches(LaunchCost cost, int stages) {
        return text(cost.launched()) + ", " + cost.ops() + " ops of compute" + stage(cost, stages);
    }

    private static String replay(LaunchCost cost, int stages) {
        return text(cost.replayed()) + ", " + cost.commands() + " commands in a graph" + stage(cost, stages);
    }

    private static String stage(LaunchCost cost, int stages) {
        return stages == 1 ? "" : ", stage " + cost.stage() + " of 0 to " + (stages - 1);
    }

    private static String text(LaunchCost.Times times) {
        return String.format(
                Locale.ROOT,
                "%.1f us on the device, %.1f us on the host",
                times.deviceSeconds() / MICRO,
                times.hostSeconds() / MICRO);
    }
}
