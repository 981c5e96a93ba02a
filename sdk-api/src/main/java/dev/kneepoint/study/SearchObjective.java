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
    MEMORY;

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
        return (this == MEMORY ? bytes.thenComparing(seconds) : seconds.thenComparing(bytes)).thenComparing(bySpec);
    }
}
