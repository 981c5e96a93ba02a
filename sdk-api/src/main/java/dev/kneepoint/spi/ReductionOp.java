package dev.kneepoint.spi;

import dev.kneepoint.annotation.Incubating;
import dev.kneepoint.internal.json.Suggest;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/**
 * How the elements of all ranks become one in a measured transfer.
 *
 * @since 0.2
 */
@Incubating
public enum ReductionOp {
    /** Their sum. */
    SUM,
    /** Their product. */
    PROD,
    /** The smallest. */
    MIN,
    /** The largest. */
    MAX,
    /** Their sum divided by the number of ranks; of integers, without the fraction. */
    AVG;

    /**
     * The name that nccl-tests prints.
     *
     * @return in lower case, for example {@code sum}
     */
    public String label() {
        return name().toLowerCase(Locale.ROOT);
    }

    /**
     * The operation of a name.
     *
     * @param text a label, in any case
     * @return the operation
     * @throws IllegalArgumentException if there is none of that name
     */
    public static ReductionOp parse(String text) {
        List<String> known = Arrays.stream(values()).map(ReductionOp::label).toList();
        int at = known.indexOf(text.toLowerCase(Locale.ROOT));
        if (at < 0) {
            throw new IllegalArgumentException("unknown reduction '" + text + "'"
                    + Suggest.near(text, known)
                            .map(n -> "; did you mean '" + n + "'?")
                            .orElse("")
                    + "; known: " + String.join(", ", known));
        }
        return values()[at];
    }
}
