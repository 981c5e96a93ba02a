package dev.kneepoint.samples.validation;

import dev.kneepoint.calibration.MemoryResidual;
import dev.kneepoint.calibration.SourceSummary;
import dev.kneepoint.calibration.ValidationResult;
import dev.kneepoint.calibration.ValidationRow;
import dev.kneepoint.report.AtomicFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Writes a validation as a folder: {@code index.md}, a page per source, the worst rows, what was left out, the ids that
 * count, the peak memory where sources print it, and three pictures. The same result gives the same bytes on the same machine. A file {@code held-out.md} that
 * already lies in the folder becomes a section of the index: what was found by leaving rows out of fits is computed
 * elsewhere.
 */
public final class ValidationReport {
    private static final int WORST = 30;
    private static final int SLUG = 60;

    private ValidationReport() {}

    /**
     * Writes the folder; files in it that the report does not know stay.
     *
     * @param result the validation
     * @param folder made if it is missing
     * @throws IOException if a file cannot be written
     */
    public static void write(ValidationResult result, Path folder) throws IOException {
        Map<String, String> pages = pages(result);
        Path heldOut = folder.resolve("held-out.md");
        Optional<String> section =
                Files.isRegularFile(heldOut) ? Optional.of(Files.readString(heldOut)) : Optional.empty();
        page(folder.resolve("index.md"), IndexPage.of(result, pages, section));
        for (SourceSummary s : result.bySource()) {
            List<ValidationRow> rows = result.rows().stream()
                    .filter(r -> r.source().equals(s.source()))
                    .toList();
            page(
                    folder.resolve("sources").resolve(pages.getOrDefault(s.source(), "") + ".md"),
                    RowPages.source(s, rows));
        }
        page(folder.resolve("worst.md"), RowPages.worst(result.judged(), WORST));
        page(folder.resolve("skipped.md"), SkippedPage.of(result));
        List<MemoryResidual> memory = MemoryResidual.of(result.rows());
        if (!memory.isEmpty()) {
            page(folder.resolve("memory.md"), MemoryPage.of(memory));
        }
        page(folder.resolve("eligible.csv"), eligible(result.judged()));
        List<ValidationRow> predicted =
                result.judged().stream().filter(r -> r.prediction().isPresent()).toList();
        if (!predicted.isEmpty()) {
            page(folder.resolve("predicted-vs-measured.svg"), ScatterPicture.of(predicted));
            page(folder.resolve("error-by-devices.svg"), DevicesPicture.of(predicted));
            page(folder.resolve("error-by-source.svg"), SourcesPicture.of(predicted));
        }
    }

    private static void page(Path file, String text) throws IOException {
        AtomicFiles.write(file, out -> out.write(text));
    }

    private static String eligible(List<ValidationRow> rows) {
        StringBuilder csv = new StringBuilder("id\n");
        rows.forEach(r -> csv.append(quoted(r.id())).append('\n'));
        return csv.toString();
    }

    private static String quoted(String id) {
        return id.matches("[^,\"\r\n]*") ? id : '"' + id.replace("\"", "\"\"") + '"';
    }

    /** A file name for each source, no name twice. */
    private static Map<String, String> pages(ValidationResult result) {
        Map<String, String> pages = new LinkedHashMap<>();
        Set<String> taken = new HashSet<>();
        List<String> sources = new ArrayList<>(
                result.rows().stream().map(ValidationRow::source).distinct().toList());
        for (String source : sources) {
            String slug = source.toLowerCase(Locale.ROOT)
                    .replaceAll("[^a-z0-9]+", "-")
                    .replaceAll("^-|-$", "");
            String name = slug.substring(0, Math.min(slug.length(), SLUG));
            String unique = name;
            for (int i = 2; !taken.add(unique); i++) {
                unique = name + "-" + i;
            }
            pages.put(source, unique);
        }
        return pages;
    }
}
