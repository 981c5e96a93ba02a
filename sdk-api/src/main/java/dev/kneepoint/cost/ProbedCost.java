package dev.kneepoint.cost;

import dev.kneepoint.plan.CollectiveKind;
import dev.kneepoint.plan.GroupKind;
import dev.kneepoint.plan.MemoryKind;
import dev.kneepoint.profile.CoreCurve;
import dev.kneepoint.profile.KernelHabits;
import dev.kneepoint.profile.ProbedTimes;
import dev.kneepoint.profile.ProductCurve;
import dev.kneepoint.profile.Scenario;
import dev.kneepoint.profile.StreamCurve;
import dev.kneepoint.strategy.Layout;
import java.util.Locale;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Seconds of single ops from {@link ProbedTimes}, looked up once per scenario. Thread-confined; allocates nothing. */
final class ProbedCost {
    private final ProbedTimes times;
    private final double gemmFactor;
    private final @Nullable ProductCurve products;
    private final @Nullable CoreCurve forward;
    private final @Nullable CoreCurve backward;
    private final @Nullable StreamCurve[] memory = new StreamCurve[MemoryKind.values().length];
    private final double[] passes = new double[memory.length];
    private final @Nullable StreamCurve[] collectives = new StreamCurve[CollectiveKind.values().length];
    private final @Nullable StreamCurve[] ofState = new StreamCurve[collectives.length];
    private final @Nullable StreamCurve optimizer;
    private final @Nullable StreamCurve messages;
    private double busy = 1;
    private double gap;

    ProbedCost(ProbedTimes times, Scenario scenario) {
        this.times = times;
        gap = times.gapSeconds(1);
        gemmFactor = scenario.stack().kernels().gemmFactor();
        products = times.products().orElse(null);
        forward = times.forward().orElse(null);
        backward = times.backward().orElse(null);
        for (MemoryKind kind : MemoryKind.values()) {
            memory[kind.ordinal()] = times.memory().get(kind.name().toLowerCase(Locale.ROOT));
            passes[kind.ordinal()] = passes(scenario.stack().kernels(), kind);
        }
        for (CollectiveKind kind : CollectiveKind.values()) {
            StreamCurve any = times.transfers().get(kind.label());
            collectives[kind.ordinal()] = any;
            ofState[kind.ordinal()] = times.transfers().getOrDefault(ProbedTimes.STATE + kind.label(), any);
        }
        optimizer = times.memory().get(ProbedTimes.OPTIMIZER);
        messages = times.transfers().get(ProbedTimes.SEND);
    }

    /** Times that a stack moves the bytes of a kind. */
    static double passes(KernelHabits k, MemoryKind kind) {
        return switch (kind) {
            case SCORES -> k.unfusedPasses();
            case CAST -> k.castFactor();
            case NORM, ROTARY, ACTIVATION, ROUTING, EMBEDDING, LOSS -> k.memoryBoundFactor();
        };
    }

    /** Chooses how many ranks of a node are busy at once, on average: stages in a pipeline's bubble are not. */
    void layout(Layout layout, int nodeDevices) {
        double slots = (double) layout.microBatches() * layout.strategy().virtualStages();
        double stagesAtWork = slots / (slots + layout.strategy().pipeline() - 1);
        busy = Math.max(1, Math.min(layout.devices(), nodeDevices) * stagesAtWork);
        gap = times.gapSeconds(busy);
    }

    /** Time between kernels. */
    double gap() {
        return gap;
    }

    boolean hasProducts() {
        return products != null;
    }

    double product(double m, double n, double k, double count) {
        return gap + Objects.requireNonNull(products).seconds(m, n, k, count, busy) / gemmFactor;
    }

    boolean hasAttention(boolean towardsInputs) {
        return (towardsInputs ? backward : forward) != null;
    }

    double attention(double rows, double keys, double headSize, double flops, boolean towardsInputs) {
        CoreCurve curve = Objects.requireNonNull(towardsInputs ? backward : forward);
        return gap + curve.seconds(rows, rows * keys, headSize, flops, busy);
    }

    boolean has(MemoryKind kind) {
        return memory[kind.ordinal()] != null;
    }

    /** An op without bytes is a mark in the plan that no kernel stands for. */
    double memory(MemoryKind kind, double bytes) {
        StreamCurve curve = Objects.requireNonNull(memory[kind.ordinal()]);
        return bytes == 0 ? 0 : gap + curve.seconds(bytes * passes[kind.ordinal()], busy);
    }

    boolean hasOptimizer() {
        return optimizer != null;
    }

    double optimizer(double bytes) {
        return gap + Objects.requireNonNull(optimizer).seconds(bytes, busy);
    }

    boolean has(CollectiveKind kind, GroupKind group) {
        return curve(kind, group) != null;
    }

    private @Nullable StreamCurve curve(CollectiveKind kind, GroupKind group) {
        return switch (group) {
            case TENSOR, CONTEXT, EXPERT -> collectives[kind.ordinal()];
            case DATA, REPLICA, EXPERT_DATA, EMBEDDING, WORLD -> ofState[kind.ordinal()];
        };
    }

    /** One call per op, whatever buckets the plan counts. */
    double collective(CollectiveKind kind, GroupKind group, double bytes, double ranks) {
        return ranks <= 1
                ? 0
                : Objects.requireNonNull(curve(kind, group)).seconds(kind.busBytes(bytes, ranks), ranks - 1);
    }

    boolean hasMessages() {
        return messages != null;
    }

    double message(double bytes) {
        return Objects.requireNonNull(messages).seconds(bytes, 1);
    }
}
