package dev.kneepoint.samples.validation;

import dev.kneepoint.calibration.Mapping;
import dev.kneepoint.calibration.Measurement;
import dev.kneepoint.calibration.MeasurementMapper;
import dev.kneepoint.calibration.ValidationRow;
import dev.kneepoint.plan.MemoryEstimate;
import dev.kneepoint.profile.Scenario;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * What may have made a prediction wrong, by rules on the row's columns. A reason is a suspicion with its ground, not a
 * proof; a row that no rule fits has none.
 */
final class ErrorReasons {
    /** First month, as year * 12 + month, in which a device was sold in systems; the year after is its first. */
    private static final Map<String, Integer> SOLD = Map.of(
            "B300", month(2025, 7),
            "B200", month(2024, 12),
            "H200", month(2024, 3),
            "H100", month(2022, 10),
            "A100", month(2020, 6));

    private static final double FULL = 0.9;
    private static final double SHORT_SECONDS = 0.2;
    private static final int LONG_SEQUENCE = 32_768;
    private static final double APART = 0.3;
    private static final int NEIGHBOURS = 5;

    private final List<ValidationRow> all;

    ErrorReasons(List<ValidationRow> all) {
        this.all = all;
    }

    List<String> of(ValidationRow r) {
        if (r.suspect().isPresent()) {
            return List.of("suspect row: " + r.suspect().get());
        }
        List<String> reasons = new ArrayList<>();
        standsOut(r).ifPresent(reasons::add);
        Measurement m = r.measurement();
        firstYear(m).ifPresent(reasons::add);
        add(reasons, isMixture(m) && m.count("micro_batch", 0) == 1, "mixture of experts at micro-batch 1: host-bound");
        memory(m).ifPresent(reasons::add);
        int perNode = m.count("gpus_per_node", 8);
        add(reasons, m.count("tp", 1) > perNode, "tensor group of " + m.count("tp", 1) + " over nodes of " + perNode);
        add(
                reasons,
                m.count("pp", 1) > 1 && m.source().contains("nanotron") && r.devices() > perNode,
                "pipeline over nodes in the sweep whose runs of that kind often stalled");
        add(
                reasons,
                m.count("grad_accum", Integer.MAX_VALUE) < m.count("pp", 1),
                "fewer micro-batches (" + m.text("grad_accum") + ") than stages (" + m.text("pp") + ")");
        add(reasons, r.measuredSeconds().orElse(1.0) < SHORT_SECONDS, "step of under 0.2 s: fixed and host time count");
        add(reasons, m.count("seq_len", 1) >= LONG_SEQUENCE, "sequence of " + m.text("seq_len") + " tokens");
        unprinted(m).ifPresent(reasons::add);
        return reasons;
    }

    /** Whether the row's error is far from those of the same source, model and size. */
    private Optional<String> standsOut(ValidationRow r) {
        double[] others = all.stream()
                .filter(o -> !o.id().equals(r.id())
                        && o.source().equals(r.source())
                        && o.devices() == r.devices()
                        && o.measurement().text("model").equals(r.measurement().text("model")))
                .flatMap(o -> o.relativeError().stream())
                .mapToDouble(Math::log1p)
                .sorted()
                .toArray();
        if (others.length < NEIGHBOURS) {
            return Optional.empty();
        }
        double middle = others[others.length / 2];
        double apart = Math.log1p(r.relativeError().orElse(0.0)) - middle;
        return Math.abs(apart) < APART
                ? Optional.empty()
                : Optional.of(String.format(
                        Locale.ROOT,
                        "stands out: the other %d rows of the model at this size are off by %+.0f %% in the median",
                        others.length,
                        100 * Math.expm1(middle)));
    }

    private static Optional<String> firstYear(Measurement m) {
        String[] date = m.text("date").split("-", -1);
        if (date.length < 2 || !(date[0] + date[1]).matches("\\d{6}")) {
            return Optional.empty();
        }
        int when = month(Integer.parseInt(date[0]), Integer.parseInt(date[1]));
        return SOLD.entrySet().stream()
                .filter(e -> m.text("accelerator").contains(e.getKey()) && when < e.getValue() + 12)
                .map(e -> "first year of the device (" + e.getKey() + ", " + m.text("date") + ")")
                .findFirst();
    }

    private static Optional<String> memory(Measurement m) {
        if (!(MeasurementMapper.map(m) instanceof Mapping.Mapped p)) {
            return Optional.empty();
        }
        Scenario s = p.scenario();
        double need =
                MemoryEstimate.of(s.workload(), s.stack(), p.layout()).total().value();
        double share = need / s.cluster().accelerator().memory().value();
        return share < FULL
                ? Optional.empty()
                : Optional.of(String.format(
                        Locale.ROOT, "near the memory limit: the estimate is %.0f %% of the card", 100 * share));
    }

    private static Optional<String> unprinted(Measurement m) {
        List<String> blank = new ArrayList<>();
        if (m.text("activation_ckpt").isBlank()) {
            blank.add("recomputation");
        }
        if (m.text("micro_batch").isBlank()) {
            blank.add("micro-batch");
        }
        if (isMixture(m) && m.text("ep").isBlank()) {
            blank.add("expert parallelism");
        }
        return blank.isEmpty() ? Optional.empty() : Optional.of("not printed: " + String.join(", ", blank));
    }

    private static void add(List<String> reasons, boolean applies, String reason) {
        if (applies) {
            reasons.add(reason);
        }
    }

    private static boolean isMixture(Measurement m) {
        return m.number("experts").orElse(0) > 1;
    }

    private static int month(int year, int month) {
        return year * 12 + month;
    }
}
