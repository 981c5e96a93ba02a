package dev.kneepoint.samples.report;

import dev.kneepoint.study.FoundLayout;
import dev.kneepoint.study.ParetoFront;
import dev.kneepoint.study.SearchResult;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/** The layouts of the front, and the figures by which one may look at it. */
final class FrontPoints {
    private FrontPoints() {}

    /** A layout of the front. */
    record Point(SearchResult search, FoundLayout found) {
        /** Whether it is the one that the search wanted most at its size. */
        boolean isBest() {
            return search.best().getFirst().layout().equals(found.layout());
        }
    }

    /** What a layout may be judged by. */
    enum Figure {
        THROUGHPUT("throughput, tokens/s: higher is better") {
            @Override
            double of(Point p) {
                return p.search().tokensPerSecond(p.found());
            }

            @Override
            String format(double value) {
                return Figures.si(value, "tokens/s");
            }
        },
        TIME("step time: lower is better") {
            @Override
            double of(Point p) {
                return p.found().seconds();
            }

            @Override
            String format(double value) {
                return Figures.si(value, "s");
            }
        },
        MEMORY("memory of the fullest device: lower is better") {
            @Override
            double of(Point p) {
                return p.found().memoryBytes();
            }

            @Override
            String format(double value) {
                return Figures.si(value, "B");
            }
        },
        COST("US$ per million tokens: lower is better") {
            @Override
            double of(Point p) {
                return p.search().usdPerMillionTokens(p.found());
            }

            @Override
            String format(double value) {
                return Figures.dollars(value);
            }
        },
        ENERGY("joules per token, devices only: lower is better") {
            @Override
            double of(Point p) {
                return p.found().joulesPerToken().orElseThrow();
            }

            @Override
            String format(double value) {
                return Figures.threeDigits(value) + " J";
            }
        };

        private final String title;

        Figure(String title) {
            this.title = title;
        }

        abstract double of(Point point);

        abstract String format(double value);

        String title() {
            return title;
        }

        String key() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /** The front of all four figures if it was asked for, else that of time and memory at each size. */
    static List<Point> of(List<SearchResult> results) {
        if (isOfAll(results)) {
            return ParetoFront.of(results).members().stream()
                    .map(m -> new Point(m.search(), m.found()))
                    .toList();
        }
        return results.stream()
                .flatMap(r -> r.front().stream().map(f -> new Point(r, f)))
                .toList();
    }

    static boolean isOfAll(List<SearchResult> results) {
        return results.stream().anyMatch(r -> !r.pareto().isEmpty());
    }

    /** Those that every layout of the front has: no cost without a price, no energy that was not asked for. */
    static List<Figure> figures(List<SearchResult> results) {
        boolean priced = results.getFirst().scenario().cluster().pricePerDeviceHour() > 0;
        boolean energy =
                of(results).stream().allMatch(p -> p.found().joulesPerToken().isPresent());
        Stream<Figure> all = Arrays.stream(Figure.values());
        return all.filter(f -> (f != Figure.COST || priced) && (f != Figure.ENERGY || energy))
                .toList();
    }
}
