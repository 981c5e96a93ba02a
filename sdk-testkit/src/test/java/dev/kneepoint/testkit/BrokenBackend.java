package dev.kneepoint.testkit;

import dev.kneepoint.metrics.Busy;
import dev.kneepoint.metrics.Energy;
import dev.kneepoint.metrics.RankTimeline;
import dev.kneepoint.metrics.StepTimes;
import dev.kneepoint.metrics.TimeParts;
import dev.kneepoint.metrics.Timeline;
import dev.kneepoint.spi.Backend;
import dev.kneepoint.spi.BackendException;
import dev.kneepoint.spi.CancellationToken;
import dev.kneepoint.spi.Capabilities;
import dev.kneepoint.spi.CollectiveBench;
import dev.kneepoint.spi.ExecutionCancelledException;
import dev.kneepoint.spi.ExecutionRequest;
import dev.kneepoint.spi.ExecutionResult;
import dev.kneepoint.spi.Numerics;
import dev.kneepoint.units.Seconds;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.locks.LockSupport;

/** Does one thing wrong on the way to a right backend. */
final class BrokenBackend implements Backend {
    private static final List<byte[]> LEAK = new ArrayList<>();

    private final Backend right;
    private final Defect defect;
    private int capabilityCalls;
    private boolean closed;
    private boolean failed;

    BrokenBackend(Backend right, Defect defect) {
        this.right = right;
        this.defect = defect;
    }

    @Override
    public Capabilities capabilities() {
        Capabilities c = right.capabilities();
        int ranks = defect == Defect.CHANGES_CAPABILITIES ? c.maxRanks() + capabilityCalls++ : c.maxRanks();
        return new Capabilities(c.provenance(), ranks, c.precisions(), c.threadSafe(), c.measuresPower());
    }

    @Override
    public boolean decide(boolean own) {
        return own || defect == Defect.DECIDES_OTHERWISE;
    }

    @Override
    public Optional<Numerics> numerics() {
        return defect == Defect.HIDES_NUMERICS
                ? Optional.empty()
                : right.numerics().map(n -> BrokenNumerics.of(n, defect));
    }

    @Override
    public Optional<CollectiveBench> collectives() {
        return defect == Defect.HIDES_BENCH
                ? Optional.empty()
                : right.collectives().map(b -> new BrokenBench(b, defect));
    }

    @Override
    public ExecutionResult execute(ExecutionRequest r) {
        if (defect == Defect.STAYS_BROKEN && failed) {
            throw new BackendException("broken since the last failure");
        }
        if (defect == Defect.LEAKS_MEMORY) {
            LEAK.add(new byte[64 << 10]);
        }
        boolean begun = !r.cancellation().isCancelled();
        try {
            return spoil(right.execute(request(r)));
        } catch (BackendException e) {
            if (defect == Defect.CANCELS_LATE && begun && e instanceof ExecutionCancelledException) {
                goOn();
            }
            failed = true;
            throw defect == Defect.VAGUE_REFUSAL ? new BackendException("something is wrong", e) : e;
        }
    }

    /** Longer than what ends promptly may take. */
    static void goOn() {
        LockSupport.parkNanos(3_000_000_000L);
    }

    private ExecutionRequest request(ExecutionRequest r) {
        boolean before = defect == Defect.IGNORES_CANCELLED;
        return new ExecutionRequest(
                r.plan(),
                r.warmupSteps(),
                r.measuredSteps(),
                r.recordSpans(),
                defect == Defect.IGNORES_DEADLINE ? Optional.empty() : r.deadline(),
                before ? CancellationToken.none() : r.cancellation());
    }

    private ExecutionResult spoil(ExecutionResult r) {
        StepTimes steps = r.steps();
        Optional<Energy> energy = r.energy();
        SortedMap<String, String> origin = new TreeMap<>(r.origin());
        origin.put("backend", "broken");
        switch (defect) {
            case WRONG_SAMPLES -> steps = new StepTimes(steps.median(), steps.p5(), steps.p95(), 7, 0);
            case NO_DEVICE -> origin.remove("device");
            case INVENTS_POWER -> energy = Optional.of(new Energy(1, 1, 1));
            case FASTER_THAN_LIGHT -> {
                Seconds quick = new Seconds(steps.median().value() * 1e-12);
                steps = StepTimes.single(quick);
            }
            default -> {}
        }
        return new ExecutionResult(steps, spoil(r.timeline()), energy, r.provenance(), r.flags(), origin);
    }

    private Timeline spoil(Timeline t) {
        List<RankTimeline> ranks = new ArrayList<>();
        for (RankTimeline r : t.ranks()) {
            if (defect != Defect.FORGETS_RANKS || ranks.isEmpty()) {
                ranks.add(spoil(r, t.step().value()));
            }
        }
        return new Timeline(t.step(), ranks, t.criticalParts());
    }

    private RankTimeline spoil(RankTimeline r, double step) {
        TimeParts p = r.parts();
        Busy b = r.busy();
        switch (defect) {
            case PARTS_TOO_LONG ->
                p = new TimeParts(
                        p.compute(), p.exposedCommunication(), p.bubble(), p.straggler(), p.launch(), p.idle() + step);
            case BUSIER_THAN_THE_STEP -> b = new Busy(2 * step + 1, b.communication(), b.byAxis(), b.bytesByAxis());
            case NO_BUSY_TIME -> b = Busy.of(b.compute(), b.communication(), Map.of(), b.bytesByAxis());
            case MISCOUNTS_BYTES -> {
                SortedMap<String, Double> bytes = new TreeMap<>();
                b.bytesByAxis().forEach((axis, n) -> bytes.put(axis, n * 1.02 + 8));
                b = new Busy(b.compute(), b.communication(), b.byAxis(), bytes);
            }
            default -> {}
        }
        boolean backwards = defect == Defect.SPANS_BACKWARDS;
        return new RankTimeline(
                r.label(), r.ranks(), p, b, backwards ? r.spans().reversed() : r.spans());
    }

    @Override
    public void close() {
        if (defect == Defect.CLOSES_ONCE && closed) {
            throw new IllegalStateException("closed already");
        }
        closed = true;
        right.close();
    }
}
