package dev.kneepoint.backend.engine;

import com.google.common.base.Splitter;
import com.google.common.collect.ImmutableSortedSet;
import dev.kneepoint.plan.PlanSample;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.format.DateTimeParseException;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Reads a backend's options, whose names begin with its own. Every backend on devices has {@code layers}, {@code
 * micro-batches}, {@code ranks} and {@code timeout}. Immutable.
 */
public final class OptionReader {
    private static final String LAYERS = "layers";
    private static final String MICRO_BATCHES = "micro-batches";
    private static final String TIMEOUT = "timeout";
    private static final String RANKS = "ranks";
    private static final String ONE_PER_STAGE = "one-per-stage";

    private final String backend;
    private final String prefix;
    private final Map<String, String> options;

    /**
     * Options of a backend.
     *
     * @param backend its name
     * @param options by full name
     * @param names options that it has beside the common ones, without its name
     * @throws IllegalArgumentException if there is an option that it does not have
     */
    public OptionReader(String backend, Map<String, String> options, Collection<String> names) {
        this.backend = backend;
        this.prefix = backend + ".";
        this.options = Map.copyOf(options);
        ImmutableSortedSet.Builder<String> known = ImmutableSortedSet.naturalOrder();
        Set.of(LAYERS, MICRO_BATCHES, RANKS, TIMEOUT).forEach(n -> known.add(prefix + n));
        names.forEach(n -> known.add(prefix + n));
        Set<String> all = known.build();
        for (String name : options.keySet()) {
            if (!all.contains(name)) {
                throw new IllegalArgumentException(
                        "backend " + backend + " has no option '" + name + "'; it has " + all);
            }
        }
    }

    /**
     * The options that every backend on devices has.
     *
     * @return how plans are run
     * @throws IllegalArgumentException if one of them is wrong
     */
    public EngineOptions engine() {
        return new EngineOptions(backend, sample(), alone(), timeout());
    }

    /** How much of a plan is run, by default all of it. */
    private PlanSample sample() {
        return new PlanSample(count(LAYERS, 1, Integer.MAX_VALUE), count(MICRO_BATCHES, 2, Integer.MAX_VALUE));
    }

    /** Whether one rank of every stage runs, without the others. */
    private boolean alone() {
        return word(RANKS, "all", ONE_PER_STAGE).equals(ONE_PER_STAGE);
    }

    private Duration timeout() {
        String text = text(TIMEOUT).orElse("PT60S");
        Duration value;
        try {
            value = Duration.parse(text);
        } catch (DateTimeParseException e) {
            throw new IllegalArgumentException(name(TIMEOUT) + " is a duration such as PT30S, not '" + text + "'", e);
        }
        if (!value.isPositive() || value.compareTo(Duration.ofDays(1)) > 0) {
            throw new IllegalArgumentException(name(TIMEOUT) + " is above zero and at most a day, not " + text);
        }
        return value;
    }

    /**
     * An option as it was given.
     *
     * @param name without the backend's name
     * @return empty if it was not given
     */
    public Optional<String> text(String name) {
        return Optional.ofNullable(options.get(name(name)));
    }

    /**
     * A list.
     *
     * @param name without the backend's name
     * @return what stands between commas; empty if it was not given
     */
    public List<String> list(String name) {
        return Splitter.on(',')
                .trimResults()
                .omitEmptyStrings()
                .splitToList(text(name).orElse(""));
    }

    /**
     * A whole number.
     *
     * @param name without the backend's name
     * @param least the smallest that is allowed
     * @param otherwise if it was not given
     * @return the number
     * @throws IllegalArgumentException if it is none, or below the least
     */
    public int count(String name, int least, int otherwise) {
        return text(name).map(text -> number(name, text, least, "")).orElse(otherwise);
    }

    /**
     * A whole number where a word may stand instead, which the caller has looked for.
     *
     * @param name without the backend's name
     * @param least the smallest that is allowed
     * @param otherwise if it was not given
     * @param word the word, for the error
     * @return the number
     * @throws IllegalArgumentException if it is none, or below the least
     */
    public int countOr(String name, int least, int otherwise, String word) {
        return text(name)
                .map(text -> number(name, text, least, " or '" + word + "'"))
                .orElse(otherwise);
    }

    private int number(String name, String text, int least, String also) {
        int value;
        try {
            value = Integer.parseInt(text);
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException(name(name) + " is a whole number" + also + ", not '" + text + "'", e);
        }
        if (value < least) {
            throw new IllegalArgumentException(name(name) + " is at least " + least + ", not " + text);
        }
        return value;
    }

    /**
     * A path.
     *
     * @param name without the backend's name
     * @param what it may be, in words, for the error
     * @return empty if it was not given
     * @throws IllegalArgumentException if it cannot be one
     */
    public Optional<Path> path(String name, String what) {
        return text(name).map(text -> {
            try {
                if (!text.isBlank()) {
                    return Path.of(text);
                }
            } catch (InvalidPathException e) {
                throw new IllegalArgumentException(name(name) + " is " + what + ", not '" + text + "'", e);
            }
            throw new IllegalArgumentException(name(name) + " is " + what + ", not empty");
        });
    }

    /**
     * One of several words.
     *
     * @param name without the backend's name
     * @param words at least one, of which the first holds if it was not given
     * @return the word
     * @throws IllegalArgumentException if it is another one
     */
    public String word(String name, String... words) {
        String text = text(name).orElse(words[0]);
        if (!List.of(words).contains(text)) {
            throw new IllegalArgumentException(name(name) + " is one of " + List.of(words) + ", not '" + text + "'");
        }
        return text;
    }

    /**
     * The full name of an option, for messages.
     *
     * @param name without the backend's name
     * @return with it
     */
    public String name(String name) {
        return prefix + name;
    }
}
