package dev.kneepoint.calibration.probe;

import dev.kneepoint.metrics.RankTimeline;
import dev.kneepoint.metrics.Span;
import dev.kneepoint.metrics.Timeline;
import dev.kneepoint.plan.Op;
import dev.kneepoint.plan.StreamKind;
import dev.kneepoint.spi.BackendException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;

/**
 * Reads the times of a set's ops out of timelines. A kernel counts from its start to its end; a transfer from the end of
 * the kernel before it to the start of the kernel after it, since what its ranks need to meet belongs to it. Gaps are
 * those between kernels that follow each other. Confined to the thread that adds to it.
 */
final class ProbeTimes {
    private static final double PICO = 1e-12;

    private final ProbeSet set;
    private final List<List<Double>> seconds = new ArrayList<>();
    private final List<List<Double>> gaps = new ArrayList<>();

    ProbeTimes(ProbeSet set) {
        this.set = set;
        for (int i = 0; i < set.ops().size(); i++) {
            seconds.add(new ArrayList<>());
            gaps.add(new ArrayList<>());
        }
    }

    void add(Timeline timeline) {
        for (RankTimeline rank : timeline.ranks()) {
            List<Span> kernels = rank.spans().stream()
                    .filter(s -> s.stream().equals(StreamKind.COMPUTE.label()))
                    .sorted(Comparator.comparingLong(Span::startPicos))
                    .toList();
            add(kernels);
        }
    }

    /** In the order of the plan: each op as often as it is repeated, behind the two kernels that renew its input. */
    private void add(List<Span> kernels) {
        int at = 0;
        for (int i = 0; i < set.ops().size(); i++) {
            boolean transfer = set.ops().get(i) instanceof Op.Collective;
            for (int r = 0; r < set.repeats(); r++) {
                Span before = named(kernels, at + 1, ProbePlans.RENEW);
                Span next = named(kernels, at + 2, transfer ? "" : ProbePlans.PREFIX + i);
                boolean marks = next.name().equals(ProbePlans.MARK + i);
                if (r > 0 && transfer) {
                    seconds.get(i).add((next.startPicos() - before.endPicos()) * PICO);
                } else if (r > 0) {
                    Span after = named(kernels, at + 3, ProbePlans.RENEW);
                    seconds.get(i).add((next.endPicos() - next.startPicos()) * PICO);
                    gaps.get(i).add((after.startPicos() - next.endPicos()) * PICO);
                }
                // A mark computes nothing, so a backend may have no kernel for it.
                at += transfer && !marks ? 2 : 3;
            }
        }
    }

    private static Span named(List<Span> kernels, int at, String prefix) {
        if (at >= kernels.size() || !isNamed(kernels.get(at).name(), prefix)) {
            throw new BackendException("the backend's timeline has "
                    + (at < kernels.size() ? "kernel '" + kernels.get(at).name() + "'" : "no kernel") + " as number "
                    + (at + 1) + " of a probe, where '" + prefix
                    + "' belongs; calibration needs a span of every op, in order");
        }
        return kernels.get(at);
    }

    /** Any name will do for an empty prefix; else the prefix, alone or with a suffix. */
    private static boolean isNamed(String name, String prefix) {
        return prefix.isEmpty() || name.equals(prefix) || name.startsWith(prefix + "-");
    }

    /** Middle of the times of an op. */
    double seconds(int op) {
        return middle(seconds.get(op));
    }

    /** Middle of the gaps behind a kernel. */
    double gap(int op) {
        return middle(gaps.get(op));
    }

    /**
     * Mean of the times from the 10th to the 90th percentile: a step adds its ops up, so a mean is wanted, with what every
     * step meets and without what few do.
     *
     * @param values at least one
     */
    static double middle(List<Double> values) {
        double[] sorted =
                values.stream().mapToDouble(Double::doubleValue).sorted().toArray();
        int from = sorted.length / 10;
        int to = sorted.length - from;
        return Arrays.stream(sorted, from, to).average().orElseThrow();
    }
}
