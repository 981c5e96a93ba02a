package dev.kneepoint.spi;

import dev.kneepoint.annotation.Incubating;
import dev.kneepoint.internal.json.Suggest;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/**
 * What the elements of a measured transfer are.
 *
 * @since 0.2
 */
@Incubating
public enum ElementType {
    /** IEEE 754 single precision. */
    FLOAT(4),
    /** IEEE 754 half precision. */
    HALF(2),
    /** The upper half of single precision. */
    BFLOAT16(2),
    /** IEEE 754 double precision. */
    DOUBLE(8),
    /** Integers of 8 bits, with a sign. */
    INT8(1),
    /** Integers of 8 bits, without a sign. */
    UINT8(1),
    /** Integers of 32 bits, with a sign. */
    INT32(4),
    /** Integers of 32 bits, without a sign. */
    UINT32(4),
    /** Integers of 64 bits, with a sign. */
    INT64(8),
    /** Integers of 64 bits, without a sign. */
    UINT64(8),
    /** Eight bits, four of them exponent (OCP 8-bit floating point specification). */
    F8E4M3(1),
    /** Eight bits, five of them exponent (OCP 8-bit floating point specification). */
    F8E5M2(1);

    private final int bytes;

    ElementType(int bytes) {
        this.bytes = bytes;
    }

    /**
     * Bytes of an element.
     *
     * @return 1, 2, 4 or 8
     */
    public int bytes() {
        return bytes;
    }

    /**
     * The name that nccl-tests prints.
     *
     * @return in lower case, for example {@code bfloat16}
     */
    public String label() {
        return name().toLowerCase(Locale.ROOT);
    }

    /**
     * The type of a name.
     *
     * @param text a label, in any case
     * @return the type
     * @throws IllegalArgumentException if there is none of that name
     */
    public static ElementType parse(String text) {
        List<String> known = Arrays.stream(values()).map(ElementType::label).toList();
        int at = known.indexOf(text.toLowerCase(Locale.ROOT));
        if (at < 0) {
            throw new IllegalArgumentException("unknown element type '" + text + "'"
                    + Suggest.near(text, known)
                            .map(n -> "; did you mean '" + n + "'?")
                            .orElse("")
                    + "; known: " + String.join(", ", known));
        }
        return values()[at];
    }
}
