package dev.kneepoint.study;

import dev.kneepoint.annotation.Incubating;
import java.util.Comparator;
import java.util.Locale;

/** What a search wants most. */
@Incubating
public enum SearchObjective {
    /** The shortest step; what fills less memory where steps take equally long. */
    THROUGHPUT,
    /** The cheapest token. Devices are paid by the hour, so that at one size this is the shortest step. */
    COST,
    /** The emptiest device; the shorter step where memory is equal. */
    MEMORY,
    /** The least energy of the devices per token; the shorter step where it is equal. */
    ENERGY;

    /**
     * The name on the command line and in files.
     *
     * @return lower-case name
     */
    public String label() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** Best first, and never undecided between different layouts. */
    Comparator<FoundLayout> order() {
        Comparator<FoundLayout> bySpec =
                Comparator.comparing(f -> f.layout().strategy().spec());
        Comparator<FoundLayout> seconds = Comparator.comparingDouble(FoundLayout::seconds);
        Comparator<FoundLayout> bytes = Comparator.comparingDouble(FoundLayout::memoryBytes);
        Comparator<FoundLayout> byTime = seconds.thenComparing(bytes);
        Comparator<FoundLayout> wanted = switch (this) {
            case THROUGHPUT, COST -> byTime;
            case MEMORY -> bytes.thenComparing(seconds);
            case ENERGY ->
                Comparator.<FoundLayout>comparingDouble(f -> value(f)).thenComparing(byTime);
        };
        return wanted.thenComparing(bySpec);
    }

    /**
     * What is to be small.
     *
     * @param found a layout
     * @return seconds of its step, bytes of its fullest device, or joules per token; infinite where energy is wanted and
     *     not known
     */
    public double value(FoundLayout found) {
        return value(
                found.seconds(), found.memoryBytes(), found.joulesPerToken().orElse(Double.POSITIVE_INFINITY));
    }

    /** The same of figures that belong to no layout yet. */
    double value(double seconds, double bytes, double joulesPerToken) {
        return switch (this) {
            case THROUGHPUT, COST -> seconds;
            case MEMORY -> bytes;
            case ENERGY -> joulesPerToken;
        };
    }
}
