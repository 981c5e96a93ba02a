package dev.kneepoint.backend.cuda;

/** E4M3 by its definition, and rounding to it by search. */
final class E4m3Codes {
    static final float LARGEST_VALUE = 448;

    static final int NAN = 0x7f;
    private static final int LARGEST = 0x7e;

    private E4m3Codes() {}

    /** The value of a code without its sign (OCP 8-bit floating point specification, table 2). */
    private static double size(int code) {
        int exponent = code >> 3;
        int mantissa = code & 7;
        return exponent == 0 ? mantissa * 0x1p-9 : (8 + mantissa) * Math.pow(2, exponent - 10);
    }

    /** The value of a code that is a number. */
    static double value(int code) {
        return code < 128 ? size(code) : -size(code & NAN);
    }

    /** The nearest code, of two as near the even one. */
    static int nearest(float x) {
        int sign = Float.floatToRawIntBits(x) >>> 24 & 0x80;
        if (Float.isNaN(x)) {
            return sign | NAN;
        }
        int best = 0;
        for (int code = 0; code <= LARGEST; code++) {
            double gain = Math.abs(size(best) - Math.abs(x)) - Math.abs(size(code) - Math.abs(x));
            if (gain > 0 || gain == 0 && code % 2 == 0 || code == LARGEST && Float.isInfinite(x)) {
                best = code;
            }
        }
        return sign | best;
    }
}
