package dev.kneepoint.backend.engine;

/** Codes of E4M3 and what they stand for (OCP 8-bit floating point specification, table 2). */
final class E4m3 {
    private static final int SIGN = 0x80;
    private static final int NAN = 0x7f;
    private static final int LARGEST = 0x7e;
    private static final int MANTISSA_BITS = 3;
    private static final int MANTISSA = (1 << MANTISSA_BITS) - 1;
    private static final int BIAS = 7;

    private E4m3() {}

    /** The nearest, of two as near the even one; the largest for what is larger. */
    static byte code(float value) {
        int sign = Float.floatToRawIntBits(value) >>> 24 & SIGN;
        float size = Math.abs(value);
        if (Float.isNaN(size)) {
            return (byte) (sign | NAN);
        }
        if (size >= value((byte) LARGEST)) {
            return (byte) (sign | LARGEST);
        }
        int exponent = Math.max(1 - BIAS, Math.getExponent(size));
        // One step more than the mantissa has is the next exponent's first code.
        int steps = (int) Math.rint(Math.scalb((double) size, MANTISSA_BITS - exponent));
        return (byte) (sign | (exponent + BIAS - 1 << MANTISSA_BITS) + steps);
    }

    static float value(byte code) {
        if ((code & NAN) == NAN) {
            return Float.NaN;
        }
        int exponent = code >> MANTISSA_BITS & 15;
        int steps = code & MANTISSA;
        float size = exponent == 0
                ? Math.scalb((float) steps, 1 - BIAS - MANTISSA_BITS)
                : Math.scalb((float) (MANTISSA + 1 + steps), exponent - BIAS - MANTISSA_BITS);
        return code < 0 ? -size : size;
    }
}
