package dev.kneepoint.backend.cuda;

import java.nio.ByteBuffer;
import java.util.Locale;

/** Formats of the kernels' arrays. */
enum ElementType {
    F32(4, 0x1p-24),
    BF16(2, 0x1p-8),
    F16(2, 0x1p-11);

    /** Half the spacing of the smallest numbers of FP16, which has few exponents. */
    private static final double TINY = 0x1p-25;

    private final int bytes;
    private final double unit;

    ElementType(int bytes, double unit) {
        this.bytes = bytes;
        this.unit = unit;
    }

    String suffix() {
        return name().toLowerCase(Locale.ROOT);
    }

    int bytes() {
        return bytes;
    }

    /** Most that a value may be off for being rounded to the format. */
    double rounding(double value) {
        return unit * Math.abs(value) + (this == F16 ? TINY : 1e-38);
    }

    float get(ByteBuffer from, int index) {
        return switch (this) {
            case F32 -> from.getFloat(4 * index);
            case BF16 -> Float.intBitsToFloat(from.getShort(2 * index) << 16);
            case F16 -> Float.float16ToFloat(from.getShort(2 * index));
        };
    }

    /** Rounds towards zero in BF16, so that a kernel's own rounding is not tested against itself. */
    void put(ByteBuffer to, int index, float value) {
        switch (this) {
            case F32 -> to.putFloat(4 * index, value);
            case BF16 -> to.putShort(2 * index, (short) (Float.floatToRawIntBits(value) >>> 16));
            case F16 -> to.putShort(2 * index, Float.floatToFloat16(value));
        }
    }
}
