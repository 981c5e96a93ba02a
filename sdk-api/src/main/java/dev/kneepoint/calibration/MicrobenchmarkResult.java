package dev.kneepoint.calibration;

import com.google.common.collect.ImmutableList;
import dev.kneepoint.annotation.Incubating;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * Microbenchmarks of one kind beside their predictions. Immutable.
 *
 * @param rows in file order
 * @since 0.1
 */
@Incubating
public record MicrobenchmarkResult(List<MicrobenchmarkRow> rows) {
    /** Copies the rows. */
    public MicrobenchmarkResult {
        rows = ImmutableList.copyOf(rows);
    }

    /**
     * Errors device by device, or fabric by fabric.
     *
     * @return by name
     */
    public List<MicrobenchmarkGroup> byGroup() {
        Map<String, List<MicrobenchmarkRow>> groups = predicted().stream()
                .collect(Collectors.groupingBy(MicrobenchmarkRow::group, TreeMap::new, Collectors.toList()));
        return groups.entrySet().stream()
                .map(e -> MicrobenchmarkGroup.of(e.getKey(), e.getValue()))
                .toList();
    }

    /**
     * Errors over all rows predicted, every row with one vote.
     *
     * @return the summary; empty if every row was left out
     */
    public Optional<MicrobenchmarkGroup> overall() {
        List<MicrobenchmarkRow> all = predicted();
        return all.isEmpty() ? Optional.empty() : Optional.of(MicrobenchmarkGroup.of("all rows", all));
    }

    /**
     * Rows left out.
     *
     * @return reason to count
     */
    public SortedMap<String, Long> leftOut() {
        return rows.stream()
                .map(MicrobenchmarkRow::leftOut)
                .flatMap(Optional::stream)
                .collect(Collectors.groupingBy(Function.identity(), TreeMap::new, Collectors.counting()));
    }

    private List<MicrobenchmarkRow> predicted() {
        return rows.stream().filter(r -> r.predictedSeconds().isPresent()).toList();
    }
}
