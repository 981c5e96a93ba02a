package dev.kneepoint.backend.cuda;

import java.util.Locale;

/** Formats of eight bits by their definition (OCP 8-bit floating point specification, table 2), and rounding by search. */
enum Fp8Codes {
    E4M3(3, 7, 0x7e),
    E5M2(2, 15, 0x7b);

    /** The rest of the sign: of E4M3 the only code that is no number, of E5M2 the last. */
    static final int NAN = 0x7f;

    private final int mantissaBits;
    private final int bias;
    /** The code of the largest number, without its sign. */
    final int largest;

    Fp8Codes(int mantissaBits, int bias, int largest) {
        this.mantissaBits = mantissaBits;
        this.bias = bias;
        this.largest = largest;
    }

    static Fp8Codes of(Fp8Type type) {
        return valueOf(type.name());
    }

    String suffix() {
        return name().toLowerCase(Locale.ROOT);
    }

    float largestValue() {
        return (float) size(largest);
    }

    private double size(int code) {
        int exponent = code >> mantissaBits;
        int one = 1 << mantissaBits;
        int mantissa = code & one - 1;
        return exponent == 0
                ? mantissa * Math.pow(2, 1 - bias - mantissaBits)
                : (one + mantissa) * Math.pow(2, exponent - bias - mantissaBits);
    }

    /** The value of a code that is a number. */
    double value(int code) {
        return code < 128 ? size(code) : -size(code & NAN);
    }

    /** The nearest code of a number, of two as near the even one; the largest for what is larger. */
    int nearest(float x) {
        int sign = Float.floatToRawIntBits(x) >>> 24 & 0x80;
        if (Float.isNaN(x)) {
            return sign | NAN;
        }
        if (Math.abs(x) >= largestValue()) {
            return sign | largest;
        }
        int best = 0;
        for (int code = 0; code <= largest; code++) {
            double gain = Math.abs(size(best) - Math.abs(x)) - Math.abs(size(code) - Math.abs(x));
            if (gain > 0 || gain == 0 && code % 2 == 0) {
                best = code;
            }
        }
        return sign | best;
    }
}
