package dev.kneepoint.study;

import com.google.common.base.Joiner;
import com.google.common.base.Splitter;
import dev.kneepoint.cluster.Accelerator;
import dev.kneepoint.cluster.Cluster;
import dev.kneepoint.cluster.ClusterCatalog;
import dev.kneepoint.cost.StepCost;
import dev.kneepoint.profile.Scenario;
import dev.kneepoint.study.SearchObstacle.Change;
import dev.kneepoint.study.SearchObstacle.Remedy;
import dev.kneepoint.units.Bytes;
import dev.kneepoint.workload.Precision;
import dev.kneepoint.workload.TrainingWorkload;
import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;

/** The smallest changes of one thing each with which a layout fits. */
final class Remedies {
    /** Sizes between a doubling and the next. */
    private static final int STEPS_PER_DOUBLING = 4;
    /** Of the sizes that people are shown. */
    private static final int DIGITS = 3;

    private Remedies() {}

    static List<Remedy> forMemory(SearchResult r, FoundLayout nearest) {
        return Stream.of(
                        Optional.of(moreMemory(r, nearest)),
                        moreDevices(r),
                        smallerBatch(r),
                        shorterSequence(r),
                        lowerPrecision(r),
                        lessFixed(r))
                .flatMap(Optional::stream)
                .toList();
    }

    static FoundLayout found(Scenario scenario, LeastMemory.Least least) {
        return new FoundLayout(least.layout(), new StepCost(scenario).seconds(least.layout()), least.bytes());
    }

    /** What fits then, if anything does. */
    private static Optional<FoundLayout> fits(SearchResult r, Scenario scenario, int devices, String fixed) {
        return LeastMemory.of(scenario, devices, fixed)
                .filter(l -> l.bytes() <= r.limitBytes())
                .map(l -> found(scenario, l));
    }

    private static Optional<FoundLayout> fits(SearchResult r, TrainingWorkload workload) {
        return fits(r, r.scenario().withWorkload(workload), r.devices(), r.fixed());
    }

    private static Remedy moreMemory(SearchResult r, FoundLayout nearest) {
        double need = nearest.memoryBytes();
        Accelerator own = r.scenario().cluster().accelerator();
        Precision precision = r.scenario().workload().precision();
        String known = Stream.concat(
                        Stream.of(own), ClusterCatalog.all().values().stream().map(Cluster::accelerator))
                .filter(a -> a.memory().value() >= need && a.peak(precision).isPresent())
                .min(Comparator.comparing(Accelerator::memory))
                .map(a -> ", for example " + a.name() + " with " + a.memory())
                .orElse("; no device of the catalog has that");
        return new Remedy(
                Change.MEMORY,
                Long.toString((long) Math.ceil(need)),
                "a device with " + Bytes.of(roundedUp(need)) + known,
                nearest);
    }

    /** To as many digits as are shown, so that what is shown is enough. */
    private static double roundedUp(double bytes) {
        return new BigDecimal(bytes)
                .round(new MathContext(DIGITS, RoundingMode.CEILING))
                .doubleValue();
    }

    private static Optional<Remedy> moreDevices(SearchResult r) {
        return largerSizes(r)
                .flatMap(n -> fits(r, r.scenario(), n, r.fixed())
                        .map(f -> new Remedy(Change.DEVICES, Integer.toString(n), devices(n), f))
                        .stream())
                .findFirst();
    }

    static String devices(int n) {
        return String.format(Locale.ROOT, "%,d devices with the same global batch", n);
    }

    /** Ascending: quarters of the way to each doubling, in whole nodes from one node on. */
    private static Stream<Integer> largerSizes(SearchResult r) {
        Cluster cluster = r.scenario().cluster();
        int node = cluster.node().devices();
        List<Integer> sizes = new ArrayList<>();
        for (long from = r.devices(); from < cluster.maxDevices(); from *= 2) {
            for (int step = 1; step <= STEPS_PER_DOUBLING; step++) {
                long size = from + from * step / STEPS_PER_DOUBLING;
                if (size <= cluster.maxDevices() && (size % node == 0 || (size < node && node % size == 0))) {
                    sizes.add((int) size);
                }
            }
        }
        return sizes.stream();
    }

    private static Optional<Remedy> smallerBatch(SearchResult r) {
        TrainingWorkload w = r.scenario().workload();
        for (int batch = w.globalBatch() / 2; batch >= 1; batch /= 2) {
            Optional<FoundLayout> f = fits(r, w.withGlobalBatch(batch));
            if (f.isPresent()) {
                String text = String.format(Locale.ROOT, "a global batch of %,d sequences", batch);
                return Optional.of(new Remedy(Change.GLOBAL_BATCH, Integer.toString(batch), text, f.get()));
            }
        }
        return Optional.empty();
    }

    private static Optional<Remedy> shorterSequence(SearchResult r) {
        TrainingWorkload w = r.scenario().workload();
        for (int tokens = w.sequenceLength() / 2; tokens >= 1; tokens /= 2) {
            Optional<FoundLayout> f = fits(
                    r,
                    new TrainingWorkload(
                            w.model(), tokens, w.globalBatch(), w.precision(), w.recompute(), w.optimizer()));
            if (f.isPresent()) {
                String text = String.format(Locale.ROOT, "sequences of %,d tokens", tokens);
                return Optional.of(new Remedy(Change.SEQUENCE_LENGTH, Integer.toString(tokens), text, f.get()));
            }
        }
        return Optional.empty();
    }

    private static Optional<Remedy> lowerPrecision(SearchResult r) {
        TrainingWorkload w = r.scenario().workload();
        return r.scenario().cluster().accelerator().peaks().keySet().stream()
                .filter(p -> p.operandBytes() < w.precision().operandBytes())
                .sorted(Comparator.comparing(Precision::operandBytes).reversed().thenComparing(Precision::label))
                .flatMap(p -> fits(r, w.withPrecision(p))
                        .map(f -> new Remedy(Change.PRECISION, p.label(), "precision " + p.label(), f))
                        .stream())
                .findFirst();
    }

    /** One fixed part left free; of those that help, the first. */
    private static Optional<Remedy> lessFixed(SearchResult r) {
        return partsWithoutOne(r.fixed())
                .flatMap(kept ->
                        fits(r, r.scenario(), r.devices(), kept).map(f -> lessFixed(r.fixed(), kept, f)).stream())
                .findFirst();
    }

    static Remedy lessFixed(String fixed, String kept, FoundLayout layout) {
        List<String> left = parts(kept);
        String freed = Joiner.on(',')
                .join(parts(fixed).stream().filter(p -> !left.contains(p)).toList());
        return new Remedy(Change.FIXED, kept, freed + " not fixed", layout);
    }

    /** The fixed parts, one after the other left out. */
    static Stream<String> partsWithoutOne(String fixed) {
        List<String> parts = parts(fixed);
        return parts.stream()
                .map(out -> Joiner.on(',')
                        .join(parts.stream().filter(p -> !p.equals(out)).toList()));
    }

    static List<String> parts(String fixed) {
        return Splitter.on(',').trimResults().omitEmptyStrings().splitToList(fixed);
    }
}
