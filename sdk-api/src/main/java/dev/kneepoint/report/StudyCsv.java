package dev.kneepoint.report;

import dev.kneepoint.study.StudyPoint;
import dev.kneepoint.study.StudyResult;
import dev.kneepoint.study.StudySeries;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Writes a study's points as CSV (RFC 4180), one row a point; unknown metrics are blank. */
public final class StudyCsv {
    private StudyCsv() {}

    /**
     * Writes one study.
     *
     * @param study the study
     * @param out where to
     * @throws IOException if it cannot be written
     */
    public static void write(StudyResult study, Appendable out) throws IOException {
        List<String> header = new ArrayList<>(List.of("series", "strategy"));
        header.addAll(PointFields.COLUMNS);
        header.addAll(List.of("provenance", "flags", "infeasible"));
        row(out, header);
        for (StudySeries s : study.series()) {
            for (StudyPoint p : s.points()) {
                row(out, cells(s, p));
            }
        }
    }

    private static List<String> cells(StudySeries s, StudyPoint p) {
        List<String> cells = new ArrayList<>(List.of(s.name()));
        switch (p) {
            case StudyPoint.Ran ran -> {
                Map<String, Double> fields = PointFields.of(s, ran);
                cells.add(ran.strategy());
                for (String column : PointFields.COLUMNS) {
                    cells.add(number(fields.get(column)));
                }
                cells.add(ran.metrics().provenance().label());
                cells.add(String.join(" ", ran.metrics().flags()));
                cells.add("");
            }
            case StudyPoint.CannotRun no -> {
                cells.add("");
                for (String column : PointFields.COLUMNS) {
                    cells.add(column.equals("devices") ? String.valueOf(no.devices()) : "");
                }
                cells.addAll(List.of("", "", no.reason()));
            }
        }
        return cells;
    }

    private static String number(@org.jspecify.annotations.Nullable Double value) {
        if (value == null) {
            return "";
        }
        boolean whole = value == Math.rint(value) && Math.abs(value) < 1e15;
        return whole ? String.valueOf(value.longValue()) : String.valueOf(value);
    }

    private static void row(Appendable out, List<String> cells) throws IOException {
        for (int i = 0; i < cells.size(); i++) {
            out.append(i == 0 ? "" : ",").append(quoted(cells.get(i)));
        }
        out.append("\r\n");
    }

    private static String quoted(String cell) {
        boolean plain = cell.chars().noneMatch(c -> c == ',' || c == '"' || c == '\n' || c == '\r');
        return plain ? cell : '"' + cell.replace("\"", "\"\"") + '"';
    }
}
