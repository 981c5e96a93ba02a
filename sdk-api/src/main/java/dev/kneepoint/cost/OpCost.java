package dev.kneepoint.cost;

import dev.kneepoint.annotation.Incubating;
import dev.kneepoint.plan.CollectiveKind;
import dev.kneepoint.plan.GroupKind;
import dev.kneepoint.plan.GroupShapes;
import dev.kneepoint.plan.MemoryKind;
import dev.kneepoint.profile.DeviceProfile;
import dev.kneepoint.profile.GemmCurve;
import dev.kneepoint.profile.KernelHabits;
import dev.kneepoint.profile.Scenario;
import dev.kneepoint.strategy.Layout;
import dev.kneepoint.workload.MixtureOfExperts;
import dev.kneepoint.workload.Precision;
import org.jspecify.annotations.Nullable;

/**
 * Seconds of single ops in a scenario, on a device and for the host that issues them. Reusable and thread-confined;
 * allocates only when a scenario is set.
 */
public final class OpCost {
    private final GemmCost plain = new GemmCost();
    private final GemmCost quantised = new GemmCost();
    private final CollectiveCost collectives = new CollectiveCost();
    private GroupShapes shapes = new GroupShapes();
    private final Scenario scenario;
    private final AttentionCost attention;
    private final double memoryRate;
    private final double[] memorySeconds = new double[MemoryKind.values().length];
    /** Experts of a token where the stack sends it once to each domain, else 0. */
    private final double deduplicated;

    private final double plainGroup;
    private final double quantisedGroup;
    private final HostCost host;
    private final @Nullable ProbedCost probed;
    private final int domain;
    private boolean stagesShareDomain;
    private boolean stagesCrossDomains;

    /**
     * Costs of a scenario.
     *
     * @param scenario the scenario
     * @throws IllegalArgumentException if the device does not support the workload's precision
     */
    public OpCost(Scenario scenario) {
        this.scenario = scenario;
        domain = scenario.cluster().fabric().scaleUpDomain();
        Precision precision = scenario.workload().precision();
        var device = scenario.cluster().accelerator();
        DeviceProfile profile = scenario.hardware().device();
        Precision wide = precision.isQuantised() ? Precision.BF16 : precision;
        double peak = Peaks.require(device, wide);
        double factor = scenario.stack().kernels().gemmFactor();
        double bandwidth = device.memoryBandwidth().value();
        plain.set(
                profile.gemm(),
                peak,
                bandwidth,
                device.multiprocessors(),
                wide.operandBytes(),
                factor * profile.gemm().sustained());
        GemmCurve narrow = precision.isQuantised() ? profile.gemmQuantised() : profile.gemm();
        quantised.set(
                narrow,
                Peaks.require(device, precision),
                bandwidth,
                device.multiprocessors(),
                precision.operandBytes(),
                factor * narrow.sustained());
        memoryRate = bandwidth * profile.memoryEfficiency();
        KernelHabits habits = scenario.stack().kernels();
        for (MemoryKind kind : MemoryKind.values()) {
            memorySeconds[kind.ordinal()] = ProbedCost.passes(habits, kind) / memoryRate;
        }
        var mixture = scenario.workload().model().mixture();
        boolean once = scenario.stack().communication().deduplicatedDispatch();
        deduplicated = once ? mixture.map(MixtureOfExperts::topK).orElse(0) : 0;
        plainGroup = habits.mixtureGemmFactor();
        quantisedGroup = plainGroup * (precision.isQuantised() ? habits.mixtureQuantisedFactor() : 1);
        collectives.set(
                scenario.cluster().fabric(),
                scenario.hardware(),
                scenario.stack().communication().networkFactor());
        attention = new AttentionCost(scenario, peak);
        host = new HostCost(scenario);
        probed = profile.probed().map(t -> new ProbedCost(t, scenario)).orElse(null);
    }

    /**
     * Chooses the layout whose groups collectives run in.
     *
     * @param layout the layout
     */
    public void layout(Layout layout) {
        shapes.set(layout, domain);
        layout(layout, shapes);
    }

    /** Chooses a layout whose groups are known. */
    void layout(Layout layout, GroupShapes groups) {
        shapes = groups;
        stagesShareDomain = shapes.perDomain(GroupKind.EMBEDDING) > 1;
        stagesCrossDomains = layout.strategy().pipeline() > 1 && layout.devices() > domain;
        if (probed != null) {
            probed.layout(layout, scenario.cluster().node().devices());
        }
    }

    private double gap() {
        return probed == null ? 0 : probed.gap();
    }

    /**
     * A product, see {@link GemmCost}.
     *
     * @param m rows
     * @param n columns
     * @param k reduction length
     * @param count grouped products
     * @param narrow whether operands are quantised
     * @return seconds
     */
    public double matmul(double m, double n, double k, double count, boolean narrow) {
        if (probed != null && probed.hasProducts()) {
            return probed.product(m, n, k, count);
        }
        double t = (narrow ? quantised : plain).seconds(m, n, k, count);
        return gap() + (count > 1 ? t * (narrow ? quantisedGroup : plainGroup) : t);
    }

    /**
     * An attention core. The curves hold for forward and backward together, at the same rate, and for 16-bit operands;
     * 32-bit ones go in proportion to the peak.
     *
     * @param flops executed operations
     * @param length sequence length
     * @param headSize head size
     * @return seconds
     */
    public double attention(double flops, double length, double headSize) {
        return attention.seconds(flops, length, headSize);
    }

    /**
     * An attention core by its shape.
     *
     * @param sequences sequences of the micro-batch
     * @param queries query tokens of a sequence
     * @param length tokens of a whole sequence
     * @param span twice the mean number of keys that a query sees
     * @param heads query heads
     * @param headSize head size
     * @param backward whether this is the backward kernel
     * @return seconds
     * @since 0.2
     */
    @Incubating
    public double attention(
            double sequences,
            double queries,
            double length,
            double span,
            double heads,
            double headSize,
            boolean backward) {
        double flops = (backward ? 2.5 : 1) * 2 * sequences * queries * span * heads * headSize;
        if (probed != null && probed.hasAttention(backward)) {
            return probed.attention(sequences * queries * heads, span / 2, headSize, flops, backward);
        }
        return gap() + attention(flops, length, headSize);
    }

    /**
     * Memory-bound work.
     *
     * @param kind its kind; the stack's factor applies to most
     * @param bytes bytes of a well-fused implementation
     * @return seconds
     */
    public double memory(MemoryKind kind, double bytes) {
        if (probed != null && probed.has(kind)) {
            return probed.memory(kind, bytes);
        }
        return bytes == 0 ? 0 : gap() + bytes * memorySeconds[kind.ordinal()];
    }

    /**
     * The optimizer.
     *
     * @param bytes bytes moved
     * @return seconds
     */
    public double optimizer(double bytes) {
        if (probed != null && probed.hasOptimizer()) {
            return probed.optimizer(bytes);
        }
        return gap() + bytes / memoryRate;
    }

    /**
     * A collective of the layout's groups.
     *
     * @param kind the collective
     * @param group its group
     * @param bytes bytes
     * @param calls calls
     * @return seconds
     */
    public double collective(CollectiveKind kind, GroupKind group, double bytes, double calls) {
        double ranks = shapes.size(group);
        double perDomain = shapes.perDomain(group);
        if (probed != null && perDomain >= ranks && probed.has(kind, group)) {
            return probed.collective(kind, group, bytes, ranks);
        }
        return kind == CollectiveKind.ALL_TO_ALL && deduplicated > 1 && perDomain < ranks
                ? collectives.exchangeSeconds(bytes, distinct(ranks / perDomain), calls, ranks, perDomain)
                : collectives.seconds(kind, bytes, calls, ranks, perDomain);
    }

    /** Copies of a token that cross if each domain gets it once, over those of its experts there: routing is balanced. */
    private double distinct(double domains) {
        return domains * (1 - Math.pow(1 - 1 / domains, deduplicated)) / deduplicated;
    }

    /**
     * Whether a group crosses scale-up domains, and so uses the network.
     *
     * @param group the group
     * @return true if it does
     */
    public boolean crossesDomains(GroupKind group) {
        return shapes.perDomain(group) < shapes.size(group);
    }

    /**
     * A hop between pipeline stages.
     *
     * @param bytes the message
     * @return seconds
     */
    public double transfer(double bytes) {
        if (probed != null && stagesShareDomain && probed.hasMessages()) {
            return probed.message(bytes);
        }
        return collectives.transferSeconds(bytes, stagesShareDomain);
    }

    /**
     * Host time to issue the kernels of an op.
     *
     * @param kernels eager kernels; where the profile was probed, a backend issues one kernel per op
     * @return seconds
     */
    public double launch(double kernels) {
        return host.launch(kernels);
    }

    /**
     * Host time to issue routing.
     *
     * @param kernels eager kernels of the routing op
     * @param localExperts experts served
     * @return seconds
     */
    public double launchRouting(double kernels, double localExperts) {
        return host.routing(kernels, localExperts);
    }

    /**
     * Host time to issue collectives.
     *
     * @param group their group
     * @param calls calls
     * @return seconds
     */
    public double launchCollective(GroupKind group, double calls) {
        boolean crossed = group == GroupKind.TENSOR && stagesCrossDomains;
        return host.collective(calls, crossed ? shapes.size(group) : 0);
    }

    /**
     * The scenario that the costs are of.
     *
     * @return the scenario
     */
    public Scenario scenario() {
        return scenario;
    }
}
