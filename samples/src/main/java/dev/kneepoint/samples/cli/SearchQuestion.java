package dev.kneepoint.samples.cli;

import dev.kneepoint.cluster.Cluster;
import dev.kneepoint.study.FoundLayout;
import dev.kneepoint.study.SearchResult;
import java.io.PrintWriter;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Option;

/** The options that turn the question round: from a number of tokens to sizes, or from money to tokens. */
final class SearchQuestion {
    private static final double DAY = 86_400;
    private static final double HOUR = 3600;

    @Option(names = "--tokens", paramLabel = "T", description = "tokens to train on, for example 2e12")
    private @Nullable Double tokens;

    @Option(names = "--deadline", paramLabel = "DAYS", description = "with --tokens: for example 30d")
    private @Nullable String deadline;

    @Option(names = "--budget", paramLabel = "USD", description = "money to spend: which size buys the most tokens")
    private @Nullable Double budget;

    SearchQuestion() {}

    void check(CommandLine line) {
        if ((tokens == null) != (deadline == null)) {
            throw new CommandLine.ParameterException(line, "--tokens and --deadline go together");
        }
        if (tokens != null) {
            AboveZero.check("--tokens", "a number above 0 such as 2e12", tokens);
        }
        if (budget != null) {
            AboveZero.check("--budget", "a number above 0 such as 1e6", budget);
        }
        if (deadline != null) {
            days(deadline);
        }
    }

    /** Refuses questions that the machine has no answer to. */
    void check(Cluster cluster) {
        if (budget != null && cluster.pricePerDeviceHour() == 0) {
            throw new IllegalArgumentException(
                    "--budget needs a price: " + cluster.name() + " has none, so give --price");
        }
    }

    private static double days(String text) {
        try {
            double days = Double.parseDouble(text.endsWith("d") ? text.substring(0, text.length() - 1) : text);
            if (days > 0 && days < Double.POSITIVE_INFINITY) {
                return days;
            }
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException("--deadline takes days such as 30d, not '" + text + "'", e);
        }
        throw new IllegalArgumentException("--deadline takes days above 0 such as 30d, not '" + text + "'");
    }

    void print(List<SearchResult> sizes, PrintWriter out) {
        List<SearchResult> found =
                sizes.stream().filter(r -> !r.best().isEmpty()).toList();
        if (tokens != null && deadline != null) {
            byDeadline(found, tokens, days(deadline), out);
        }
        if (budget != null) {
            byBudget(found, budget, out);
        }
    }

    private static void byDeadline(List<SearchResult> found, double tokens, double days, PrintWriter out) {
        List<SearchResult> inTime =
                found.stream().filter(r -> tokens / rate(r) <= days * DAY).toList();
        String wanted = String.format(Locale.ROOT, "%.3g tokens within %s days", tokens, AboveZero.plain(days));
        Optional<SearchResult> fewest = inTime.stream().min(Comparator.comparingInt(SearchResult::devices));
        if (fewest.isEmpty()) {
            out.println(wanted + ": no size asked for is quick enough"
                    + found.stream()
                            .max(Comparator.comparingDouble(SearchQuestion::rate))
                            .map(r -> String.format(
                                    Locale.ROOT,
                                    "; the quickest, %,d devices, takes %.1f days",
                                    r.devices(),
                                    tokens / rate(r) / DAY))
                            .orElse(""));
            return;
        }
        out.println(wanted + ": fewest devices " + answer(fewest.get(), tokens));
        inTime.stream()
                .filter(SearchQuestion::isPriced)
                .min(Comparator.comparingDouble(r -> usd(r, tokens)))
                .ifPresent(r -> out.println(wanted + ": cheapest " + answer(r, tokens)));
    }

    private static void byBudget(List<SearchResult> found, double budget, PrintWriter out) {
        found.stream().min(Comparator.comparingDouble(r -> usd(r, 1))).ifPresent(r -> {
            double tokens = budget / usd(r, 1);
            out.println(String.format(Locale.ROOT, "%,.0f USD: most tokens (%.3g) ", budget, tokens) + "with "
                    + answer(r, tokens));
        });
    }

    private static String answer(SearchResult r, double tokens) {
        FoundLayout best = r.best().get(0);
        String usd = isPriced(r) ? String.format(Locale.ROOT, ", %,.0f USD", usd(r, tokens)) : "";
        return String.format(
                        Locale.ROOT,
                        "%,d with %s: %.1f days",
                        r.devices(),
                        SearchTable.spec(best),
                        tokens / rate(r) / DAY)
                + usd;
    }

    private static boolean isPriced(SearchResult r) {
        return r.scenario().cluster().pricePerDeviceHour() > 0;
    }

    private static double rate(SearchResult r) {
        return r.tokensPerSecond(r.best().get(0));
    }

    private static double usd(SearchResult r, double tokens) {
        return tokens / rate(r) / HOUR * r.devices() * r.scenario().cluster().pricePerDeviceHour();
    }
}
