package dev.kneepoint.study;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSortedMap;
import dev.kneepoint.profile.Scenario;
import java.util.List;
import java.util.SortedMap;

/**
 * The outcome of a study. Immutable.
 *
 * @param title one line, for example {@code llama2-7b on dgx-h100, weak scaling}
 * @param scenario what was run on what; with weak scaling the global batch is that of one device
 * @param scaling what stayed fixed
 * @param batch global batch (strong) or sequences per device (weak)
 * @param backend id of the backend
 * @param series one per strategy, in the order asked for
 * @param verdict what to do
 * @param assumptions what the figures rest on, by name, for the report
 */
public record StudyResult(
        String title,
        Scenario scenario,
        Scaling scaling,
        int batch,
        String backend,
        List<StudySeries> series,
        Verdict verdict,
        SortedMap<String, String> assumptions) {
    /** Copies the collections. */
    public StudyResult {
        series = ImmutableList.copyOf(series);
        assumptions = ImmutableSortedMap.copyOf(assumptions);
    }
}
