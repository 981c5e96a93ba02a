package dev.kneepoint.backend.engine;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** What the elements of a buffer are. */
public enum DataType {
    /** IEEE 754 single precision. */
    FP32(4),
    /** The upper half of single precision. */
    BF16(2),
    /** IEEE 754 half precision. */
    FP16(2),
    /** Eight bits: four of exponent, three of mantissa, no infinity. What scales an array to them lies elsewhere. */
    E4M3(1),
    /** Integers: rows to gather, targets of a loss. */
    INT32(4);

    private static final int QUIET_NAN = 0x40_0000;
    private static final int INFINITY = 0x7f80_0000;

    private final int bytes;

    DataType(int bytes) {
        this.bytes = bytes;
    }

    /**
     * Bytes of an element.
     *
     * @return 1, 2 or 4
     */
    public int bytes() {
        return bytes;
    }

    /**
     * Values as a device has them, rounded to nearest with ties to even; E4M3 has nothing above 448, to which it takes what
     * is larger.
     *
     * @param values any
     * @return so many elements in the machine's byte order, in an array
     * @throws IllegalStateException for integers
     */
    public ByteBuffer pack(float[] values) {
        ByteBuffer out =
                ByteBuffer.allocate(Math.multiplyExact(bytes, values.length)).order(ByteOrder.nativeOrder());
        switch (this) {
            case FP32 -> out.asFloatBuffer().put(values);
            case BF16 -> {
                for (float v : values) {
                    out.putShort(bf16(v));
                }
            }
            case FP16 -> {
                for (float v : values) {
                    out.putShort(Float.floatToFloat16(v));
                }
            }
            case E4M3 -> {
                for (float v : values) {
                    out.put(E4m3.code(v));
                }
            }
            case INT32 -> throw new IllegalStateException("floats are no integers");
        }
        return out.rewind();
    }

    /**
     * Values that a device had.
     *
     * @param packed elements in the machine's byte order, from its beginning
     * @param elements how many
     * @return the values
     * @throws IllegalStateException for integers
     */
    public float[] unpack(ByteBuffer packed, int elements) {
        float[] out = new float[elements];
        switch (this) {
            case FP32 -> packed.asFloatBuffer().get(0, out);
            case BF16 -> {
                for (int i = 0; i < elements; i++) {
                    out[i] = Float.intBitsToFloat(packed.getShort(2 * i) << 16);
                }
            }
            case FP16 -> {
                for (int i = 0; i < elements; i++) {
                    out[i] = Float.float16ToFloat(packed.getShort(2 * i));
                }
            }
            case E4M3 -> {
                for (int i = 0; i < elements; i++) {
                    out[i] = E4m3.value(packed.get(i));
                }
            }
            case INT32 -> throw new IllegalStateException("integers are no floats");
        }
        return out;
    }

    private static short bf16(float value) {
        int bits = Float.floatToRawIntBits(value);
        if ((bits & Integer.MAX_VALUE) > INFINITY) {
            return (short) ((bits | QUIET_NAN) >>> 16);
        }
        return (short) ((bits + 0x7fff + (bits >>> 16 & 1)) >>> 16);
    }
}
