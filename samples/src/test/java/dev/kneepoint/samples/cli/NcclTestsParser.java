package dev.kneepoint.samples.cli;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Reads text as programs read what nccl-tests prints: columns by their place in the heading that begins with {@code size},
 * split at white space; no other line that begins with {@code #} counts, but for the one that names the program and the one
 * that ends with the average.
 */
final class NcclTestsParser {
    /** One printed row; times in microseconds, rates in 10^9 bytes per second, the wrong ones as printed. */
    record Row(
            String program,
            long size,
            long count,
            String type,
            String redop,
            int root,
            double[] time,
            double[] algbw,
            double[] busbw,
            String[] wrong) {}

    final List<Row> rows = new ArrayList<>();
    final Map<String, Double> average = new HashMap<>();
    private String program = "";
    private List<String> heading = List.of();

    NcclTestsParser(String text) {
        text.lines().forEach(this::line);
    }

    private void line(String line) {
        List<String> words = Arrays.asList(line.strip().split("\\s+"));
        if (!line.startsWith("#")) {
            row(words);
        } else if (words.size() > 2 && words.get(1).equals("size")) {
            heading = words.subList(1, words.size());
        } else if (line.contains("Collective test starting")) {
            program = words.getLast();
        } else if (line.contains("Avg bus bandwidth")) {
            average.put(program, Double.parseDouble(words.getLast()));
        }
    }

    private void row(List<String> words) {
        if (words.size() != heading.size()) {
            throw new IllegalArgumentException("a row of " + words.size() + " columns under " + heading);
        }
        rows.add(new Row(
                program,
                Long.parseLong(words.get(heading.indexOf("size"))),
                Long.parseLong(words.get(heading.indexOf("count"))),
                words.get(heading.indexOf("type")),
                words.get(heading.indexOf("redop")),
                Integer.parseInt(words.get(heading.indexOf("root"))),
                numbers(words, "time"),
                numbers(words, "algbw"),
                numbers(words, "busbw"),
                new String[] {words.get(heading.indexOf("#wrong")), words.get(heading.lastIndexOf("#wrong"))}));
    }

    /** Out of place, then in place. */
    private double[] numbers(List<String> words, String column) {
        return new double[] {
            Double.parseDouble(words.get(heading.indexOf(column))),
            Double.parseDouble(words.get(heading.lastIndexOf(column)))
        };
    }
}
