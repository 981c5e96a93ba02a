package dev.kneepoint.calibration;

import dev.kneepoint.profile.Scenario;
import dev.kneepoint.strategy.ParallelismStrategy;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * The groups that the runs of a family of sources belong to, and how far a group's multipliers may lie from those of the
 * whole. The spreads were chosen on the development rows: fitted up to 64 devices, judged from 128 on, with the profiles
 * as shipped and with profiles fitted without the family.
 */
final class PooledEffects {
    private static final double[] FAMILY = {0.05, 0.05, 0.1};
    private static final double[] MODEL = {0.05, 0.05, 0.1};
    private static final double[] MODEL_ON_DEVICE = {0.08, 0.1, 0.1};
    private static final double[] MACHINE = {0.05, 0.1, 0.2};
    private static final double[] LAYOUT = {0.06, 0.06, 0.1};

    private final List<Effect> effects = new ArrayList<>();
    private final Map<String, int[]> groups = new LinkedHashMap<>();

    /** How far a run of a new family, model and machine lies from the whole: a standard deviation of logarithms. */
    static double sigmaOfAnotherRun(Multiplier kind) {
        double variance = 0;
        for (double[] sigmas : List.of(FAMILY, MODEL, MODEL_ON_DEVICE, MACHINE)) {
            variance += sigmas[kind.ordinal()] * sigmas[kind.ordinal()];
        }
        return Math.sqrt(variance);
    }

    List<Effect> all() {
        return Collections.unmodifiableList(effects);
    }

    /** The effects of a run that is fitted; new groups are made. */
    int[] join(Measurement m, Mapping.Mapped run) {
        keys(m, run).forEach((key, sigmas) -> groups.computeIfAbsent(key, k -> add(sigmas)));
        return known(m, run);
    }

    /** The effects of those groups of a run that have fitted runs. */
    int[] known(Measurement m, Mapping.Mapped run) {
        return keys(m, run).keySet().stream()
                .flatMapToInt(key -> IntStream.of(groups.getOrDefault(key, new int[0])))
                .toArray();
    }

    private int[] add(double[] sigmas) {
        int first = effects.size();
        for (Multiplier kind : Multiplier.values()) {
            effects.add(new Effect(kind, sigmas[kind.ordinal()]));
        }
        return IntStream.range(first, effects.size()).toArray();
    }

    private static Map<String, double[]> keys(Measurement m, Mapping.Mapped run) {
        Scenario s = run.scenario();
        ParallelismStrategy how = run.layout().strategy();
        String model = "model " + s.workload().model().name();
        String device = " on " + s.cluster().accelerator().name();
        String machine = "precision " + m.text("precision") + device;
        String layout = "layout " + String.join(" ", model, machine, how.spec())
                + run.layout().recompute() + s.workload().sequenceLength();
        Map<String, double[]> keys = new LinkedHashMap<>();
        keys.put("family", FAMILY);
        keys.put(model, MODEL);
        keys.put(model + device, MODEL_ON_DEVICE);
        keys.put(machine, MACHINE);
        keys.put(layout, LAYOUT);
        return keys;
    }
}
