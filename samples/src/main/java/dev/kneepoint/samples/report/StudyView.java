package dev.kneepoint.samples.report;

import dev.kneepoint.analysis.KneeResult;
import dev.kneepoint.cluster.Cluster;
import dev.kneepoint.metrics.ScalingMetrics;
import dev.kneepoint.metrics.Utilization;
import dev.kneepoint.profile.Scenario;
import dev.kneepoint.study.Scaling;
import dev.kneepoint.study.StudyPoint;
import dev.kneepoint.study.StudyResult;
import dev.kneepoint.study.StudySeries;
import dev.kneepoint.study.Verdict;
import dev.kneepoint.workload.FlopConvention;
import dev.kneepoint.workload.TrainingWorkload;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** A study as the templates see it. */
record StudyView(
        int number,
        String id,
        String title,
        String kind,
        Verdict verdict,
        String gain,
        List<String> notes,
        String subject,
        List<KneeView> knees,
        List<ChartView> charts,
        PartsView parts,
        Table table,
        List<Fact> assumptions,
        List<Fact> provenance) {
    /** A line of the knee table; {@code mark} is the number of the series' colour and shape. */
    record KneeView(int mark, String series, String where, String reason, String limiter, String ran) {}

    /** A chart with its table; {@code whyNone} is empty if it has data. */
    record ChartView(
            String id, String key, String title, String caption, String whyNone, boolean scalable, Table table) {}

    /** A name and its value. */
    record Fact(String name, String value) {}

    static StudyView of(int index, StudyResult study) {
        String id = "study-" + (index + 1);
        List<StudySeries> series = study.series();
        return new StudyView(
                index,
                id,
                study.title(),
                study.scaling() == Scaling.WEAK ? "Weak scaling" : "Strong scaling",
                study.verdict(),
                gain(study.verdict()),
                notes(study),
                subject(study),
                IntStream.range(0, series.size())
                        .mapToObj(i -> knee(i, series.get(i)))
                        .toList(),
                List.of(Chart.values()).stream().map(c -> chart(id, c, study)).toList(),
                new PartsView(
                        "Strategy",
                        index,
                        !Checklist.ran(study).isEmpty(),
                        IntStream.range(0, series.size())
                                .mapToObj(i ->
                                        new PartsView.Choice(i, series.get(i).name(), i == chosen(study)))
                                .toList(),
                        Chart.partsTable(study)),
                PointTable.of(study),
                study.assumptions().entrySet().stream()
                        .map(e -> new Fact(e.getKey(), e.getValue()))
                        .toList(),
                provenance(study));
    }

    private static List<String> notes(StudyResult study) {
        return Stream.concat(study.verdict().notes().stream(), TrustLines.of(study).stream())
                .toList();
    }

    private static int chosen(StudyResult study) {
        return IntStream.range(0, study.series().size())
                .filter(i -> study.series().get(i).name().equals(study.verdict().bestStrategy()))
                .findFirst()
                .orElse(0);
    }

    private static String gain(Verdict v) {
        if (v.bestStrategy().isBlank()) {
            return "";
        }
        return v.gainAtLargest() == 0
                ? "Best strategy at the largest size: " + v.bestStrategy() + "."
                : "At the largest size, " + v.bestStrategy() + " is " + Figures.percent(Math.abs(v.gainAtLargest()))
                        + (v.gainAtLargest() > 0 ? " quicker than " : " slower than ") + v.baseline() + ".";
    }

    private static String subject(StudyResult study) {
        TrainingWorkload w = study.scenario().workload();
        return w.model().name() + ", " + Figures.whole(w.sequenceLength()) + " tokens per sequence, "
                + w.precision().label() + "; "
                + (study.scaling() == Scaling.WEAK
                        ? study.batch() + " sequences per device"
                        : "global batch of " + Figures.whole(study.batch()) + " sequences")
                + "; " + study.scenario().cluster().name() + "; backend " + study.backend();
    }

    private static KneeView knee(int mark, StudySeries s) {
        String where = switch (s.knee()) {
            case KneeResult.At at -> "at " + Figures.devices(at.devices()) + returns(at);
            case KneeResult.BeyondRange b -> "beyond " + Figures.devices(b.largest());
            case KneeResult.Never n -> "no knee";
        };
        int cannot = s.points().size() - s.ran().size();
        String ran = s.ran().isEmpty()
                ? "none"
                : Figures.sizes(s.ran().stream().map(StudyPoint.Ran::devices).toList());
        return new KneeView(
                mark % 7,
                s.name(),
                where,
                s.knee().reason(),
                s.limiter(),
                ran + (cannot > 0 ? "; " + cannot + (cannot == 1 ? " size cannot" : " sizes cannot") + " run" : ""));
    }

    private static String returns(KneeResult.At at) {
        OptionalDouble before = at.returnBefore();
        String after = Figures.percent(at.returnAfter()) + " return beyond it";
        return " (" + (before.isPresent() ? Figures.percent(before.getAsDouble()) + " return up to it, " : "") + after
                + ")";
    }

    private static ChartView chart(String study, Chart c, StudyResult result) {
        String key = c.name().toLowerCase(Locale.ROOT);
        return new ChartView(
                study + "-" + key,
                key,
                c.title(),
                c.caption(),
                c.hasData(result) ? "" : c.whyNone(),
                c == Chart.THROUGHPUT,
                c.table(result));
    }

    static Fact price(Cluster c) {
        return new Fact(
                "Price",
                c.pricePerDeviceHour() > 0
                        ? Figures.dollars(c.pricePerDeviceHour()) + " per device and hour: " + c.priceNote()
                        : "none given");
    }

    /** Where the figures of machine and framework come from. */
    static List<Fact> profiles(Scenario s) {
        return List.of(
                new Fact(
                        "Device profile",
                        s.hardware().device().name() + ": "
                                + s.hardware().device().source()),
                new Fact(
                        "Network profile",
                        s.hardware().network().name() + ": "
                                + s.hardware().network().source()),
                new Fact(
                        "Software stack",
                        s.stack().name() + " " + s.stack().date() + ": "
                                + s.stack().source()));
    }

    private static List<Fact> provenance(StudyResult study) {
        Scenario s = study.scenario();
        Cluster c = s.cluster();
        List<Fact> facts = new ArrayList<>();
        facts.add(new Fact("Backend", study.backend()));
        String counts = Checklist.counts(study);
        facts.add(new Fact("How the points came about", counts.isEmpty() ? "no point ran" : counts));
        facts.add(new Fact(
                "Power limit",
                c.accelerator().power() + " per device; the rest of the node draws "
                        + c.node().overhead() + " for "
                        + Figures.devices(c.node().devices())));
        facts.add(price(c));
        facts.add(new Fact("Peak and convention", peak(study)));
        facts.addAll(profiles(s));
        merged(study).forEach((name, value) -> facts.add(new Fact("Origin: " + name, value)));
        flags(study).forEach((flag, where) -> facts.add(new Fact("Flag: " + flag, where)));
        return facts;
    }

    private static String peak(StudyResult study) {
        List<String> said = Checklist.ran(study).stream()
                .flatMap(p -> p.metrics().utilization().stream())
                .map(StudyView::peak)
                .distinct()
                .toList();
        return said.isEmpty() ? "unknown: no MFU is given" : String.join("; ", said);
    }

    private static String peak(Utilization u) {
        return u.peak() + " dense peak per device for MFU and HFU; attention counted "
                + (u.convention() == FlopConvention.NON_CAUSAL
                        ? "in full (every query meets every key)"
                        : "by half (causal: lower triangle only)");
    }

    private static SortedMap<String, String> merged(StudyResult study) {
        SortedMap<String, SortedSet<String>> values = new TreeMap<>();
        for (StudyPoint.Ran p : Checklist.ran(study)) {
            p.metrics()
                    .origin()
                    .forEach((k, v) ->
                            values.computeIfAbsent(k, x -> new TreeSet<>()).add(v));
        }
        SortedMap<String, String> joined = new TreeMap<>();
        values.forEach((k, v) -> joined.put(k, String.join("; ", v)));
        return joined;
    }

    private static Map<String, String> flags(StudyResult study) {
        Map<String, String> said = new LinkedHashMap<>();
        SortedSet<String> flags = new TreeSet<>();
        Checklist.ran(study).forEach(p -> flags.addAll(p.metrics().flags()));
        for (String flag : flags) {
            said.put(
                    flag,
                    study.series().stream()
                            .filter(s -> s.ran().stream().anyMatch(p -> has(p.metrics(), flag)))
                            .map(s -> s.name() + " on "
                                    + Figures.sizes(s.ran().stream()
                                            .filter(p -> has(p.metrics(), flag))
                                            .map(StudyPoint.Ran::devices)
                                            .toList()))
                            .collect(Collectors.joining("; ")));
        }
        return said;
    }

    private static boolean has(ScalingMetrics metrics, String flag) {
        return metrics.flags().contains(flag);
    }
}
