package dev.kneepoint.calibration;

import com.google.common.collect.ImmutableList;
import dev.kneepoint.annotation.Incubating;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.function.ToDoubleFunction;

/**
 * Errors with one vote per family of sources, so that the longest tables do not decide alone. Families under ten
 * predicted rows share one vote. The nanotron sweep votes with its median only: one of its runs in ten hung or limped.
 *
 * @param families every family by name
 * @param voters those that vote: families of ten rows and more, and the small ones as one
 * @param strata kinds of runs over all families, every row with one vote; kinds without rows are left out
 * @param rows predicted rows
 * @param skipped eligible rows that were not predicted
 * @param median mean of the voters' medians; empty without a voter
 * @param p90 mean of the voters' 90th percentiles
 * @param nullMedian as {@code median}, of the null model
 * @param nullP90 as {@code p90}, of the null model
 */
@Incubating
public record FamilyVotes(
        List<ErrorSummary> families,
        List<ErrorSummary> voters,
        List<ErrorSummary> strata,
        int rows,
        int skipped,
        OptionalDouble median,
        OptionalDouble p90,
        OptionalDouble nullMedian,
        OptionalDouble nullP90) {
    private static final int OWN_VOTE = 10;
    private static final String SMALL = "(small families)";
    private static final String HALTING = "nanotron";

    /** Copies the lists. */
    public FamilyVotes {
        families = ImmutableList.copyOf(families);
        voters = ImmutableList.copyOf(voters);
        strata = ImmutableList.copyOf(strata);
    }

    /**
     * Counts the votes of rows that are eligible.
     *
     * @param rows eligible rows, see {@link ValidationResult#judged()}
     * @return the votes
     */
    public static FamilyVotes of(List<ValidationRow> rows) {
        Map<String, List<ValidationRow>> byFamily = new TreeMap<>();
        rows.forEach(r -> byFamily.computeIfAbsent(r.measurement().family(), f -> new ArrayList<>())
                .add(r));
        List<ErrorSummary> families = new ArrayList<>();
        List<ErrorSummary> voters = new ArrayList<>();
        List<ValidationRow> small = new ArrayList<>();
        byFamily.forEach((name, members) -> {
            ErrorSummary s = ErrorSummary.of(name, members);
            families.add(s);
            if (s.rows() >= OWN_VOTE) {
                voters.add(s);
            } else {
                small.addAll(members);
            }
        });
        ErrorSummary rest = ErrorSummary.of(SMALL, small);
        if (rest.rows() > 0) {
            voters.add(rest);
        }
        List<ErrorSummary> steady =
                voters.stream().filter(v -> !v.name().contains(HALTING)).toList();
        ErrorSummary all = ErrorSummary.of("all", rows);
        return new FamilyVotes(
                families,
                voters,
                strata(rows),
                all.rows(),
                all.skipped(),
                mean(voters, v -> v.median().orElseThrow()),
                mean(steady, v -> v.p90().orElseThrow()),
                mean(voters, v -> v.nullMedian().orElseThrow()),
                mean(steady, v -> v.nullP90().orElseThrow()));
    }

    private static OptionalDouble mean(List<ErrorSummary> voters, ToDoubleFunction<ErrorSummary> figure) {
        return voters.stream().mapToDouble(figure).average();
    }

    private static List<ErrorSummary> strata(List<ValidationRow> rows) {
        return List.of(
                        stratum("FSDP/ZeRO-3/HSDP", rows, FamilyVotes::isSharded),
                        stratum("dense tensor/pipeline", rows, m -> !isSharded(m) && !isMixture(m)),
                        stratum("MoE", rows, FamilyVotes::isMixture),
                        stratum("FP8/FP4", rows, FamilyVotes::isQuantised),
                        stratum("Blackwell", rows, FamilyVotes::isBlackwell),
                        stratum(
                                "512 devices and more",
                                rows,
                                m -> m.number("gpus").orElse(0) >= 512))
                .stream()
                .filter(s -> s.rows() > 0)
                .toList();
    }

    private static ErrorSummary stratum(String name, List<ValidationRow> rows, Predicate<Measurement> belongs) {
        return ErrorSummary.of(
                name, rows.stream().filter(r -> belongs.test(r.measurement())).toList());
    }

    private static boolean isSharded(Measurement m) {
        return List.of("fsdp", "hsdp").contains(m.text("dp_kind"));
    }

    private static boolean isMixture(Measurement m) {
        return m.number("experts").orElse(0) > 1;
    }

    private static boolean isQuantised(Measurement m) {
        return m.text("precision").contains("fp8") || m.text("precision").contains("fp4");
    }

    private static boolean isBlackwell(Measurement m) {
        return m.text("accelerator").contains("B200") || m.text("accelerator").contains("B300");
    }
}
