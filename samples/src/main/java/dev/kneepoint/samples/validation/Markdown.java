package dev.kneepoint.samples.validation;

import java.util.List;
import java.util.stream.Collectors;

/** Text of a page, built from top to bottom. */
final class Markdown {
    private final StringBuilder text = new StringBuilder();

    Markdown heading(int level, String words) {
        text.append("#".repeat(level)).append(' ').append(words).append("\n\n");
        return this;
    }

    Markdown paragraph(String words) {
        text.append(words).append("\n\n");
        return this;
    }

    /** A table whose first {@code words} columns are text and whose other columns are figures. */
    Markdown table(int words, List<String> header, List<List<String>> rows) {
        line(header);
        StringBuilder rule = new StringBuilder("|");
        for (int c = 0; c < header.size(); c++) {
            rule.append(c < words ? " --- |" : " ---: |");
        }
        text.append(rule).append('\n');
        rows.forEach(this::line);
        text.append('\n');
        return this;
    }

    private void line(List<String> cells) {
        text.append(cells.stream()
                        .map(c -> c.replace("|", "\\|").replace("\n", " "))
                        .collect(Collectors.joining(" | ", "| ", " |")))
                .append('\n');
    }

    @Override
    public String toString() {
        return text.toString().stripTrailing() + "\n";
    }
}
