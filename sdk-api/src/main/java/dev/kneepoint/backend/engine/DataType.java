package dev.kneepoint.backend.engine;

import dev.kneepoint.spi.ElementType;
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
    INT32(4),
    /** IEEE 754 double precision; only moved and reduced, as everything below. */
    FP64(8),
    /** The upper half of half precision. */
    E5M2(1),
    /** Integers of 8 bits, with a sign. */
    INT8(1),
    /** Integers of 8 bits, without a sign. */
    UINT8(1),
    /** Integers of 32 bits, without a sign. */
    UINT32(4),
    /** Integers of 64 bits, with a sign. */
    INT64(8),
    /** Integers of 64 bits, without a sign. */
    UINT64(8);

    private static final int QUIET_NAN = 0x40_0000;
    private static final int INFINITY = 0x7f80_0000;
    private static final int E5M2_MANTISSA_BITS = 2;
    private static final int E5M2_LEAST_EXPONENT = -14;

    private final int bytes;

    DataType(int bytes) {
        this.bytes = bytes;
    }

    /**
     * The type that has the elements of a timed transfer.
     *
     * @param type theirs
     * @return the same here
     */
    public static DataType of(ElementType type) {
        return switch (type) {
            case FLOAT -> FP32;
            case HALF -> FP16;
            case BFLOAT16 -> BF16;
            case DOUBLE -> FP64;
            case INT8 -> INT8;
            case UINT8 -> UINT8;
            case INT32 -> INT32;
            case UINT32 -> UINT32;
            case INT64 -> INT64;
            case UINT64 -> UINT64;
            case F8E4M3 -> E4M3;
            case F8E5M2 -> E5M2;
        };
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
     * Values as a device has them, rounded to nearest with ties to even; E4M3 has nothing above 448, to which it takes what
     * is larger. Integers take whole numbers, which wrap where they do not fit.
     *
     * @param values any
     * @return so many elements in the machine's byte order, in an array
     */
    public ByteBuffer pack(float[] values) {
        ByteBuffer out =
                ByteBuffer.allocate(Math.multiplyExact(bytes, values.length)).order(ByteOrder.nativeOrder());
        if (this == FP32) {
            out.asFloatBuffer().put(values);
            return out;
        }
        for (float v : values) {
            switch (this) {
                case FP32 -> out.putFloat(v);
                case BF16 -> out.putShort(bf16(v));
                case FP16 -> out.putShort(Float.floatToFloat16(v));
                case E4M3 -> out.put(E4m3.code(v));
                case E5M2 -> out.put(e5m2(v));
                case FP64 -> out.putDouble(v);
                case INT8, UINT8 -> out.put((byte) (long) v);
                case INT32, UINT32 -> out.putInt((int) (long) v);
                case INT64, UINT64 -> out.putLong((long) v);
            }
        }
        return out.rewind();
    }

    /**
     * Values that a device had, rounded to single precision where they have more.
     *
     * @param packed elements in the machine's byte order, from its beginning
     * @param elements how many
     * @return the values
     */
    public float[] unpack(ByteBuffer packed, int elements) {
        float[] out = new float[elements];
        if (this == FP32) {
            packed.asFloatBuffer().get(0, out);
            return out;
        }
        for (int i = 0; i < elements; i++) {
            out[i] = value(packed, bytes * i);
        }
        return out;
    }

    private float value(ByteBuffer packed, int at) {
        return switch (this) {
            case FP32 -> packed.getFloat(at);
            case BF16 -> Float.intBitsToFloat(packed.getShort(at) << 16);
            case FP16 -> Float.float16ToFloat(packed.getShort(at));
            case E4M3 -> E4m3.value(packed.get(at));
            case E5M2 -> Float.float16ToFloat((short) (packed.get(at) << 8));
            case FP64 -> (float) packed.getDouble(at);
            case INT8 -> packed.get(at);
            case UINT8 -> Byte.toUnsignedInt(packed.get(at));
            case INT32 -> packed.getInt(at);
            case UINT32 -> Integer.toUnsignedLong(packed.getInt(at));
            case INT64 -> packed.getLong(at);
            case UINT64 -> {
                long bits = packed.getLong(at);
                yield bits >= 0 ? bits : bits + 0x1p64f;
            }
        };
    }

    /** Rounded before half precision, which could make a tie of what lies beside one. */
    private static byte e5m2(float value) {
        int lastBit = Math.max(E5M2_LEAST_EXPONENT, Math.getExponent(value)) - E5M2_MANTISSA_BITS;
        double rounded = Math.scalb(Math.rint(Math.scalb((double) value, -lastBit)), lastBit);
        return (byte) (Float.floatToFloat16((float) rounded) >>> 8);
    }

    private static short bf16(float value) {
        int bits = Float.floatToRawIntBits(value);
        if ((bits & Integer.MAX_VALUE) > INFINITY) {
            return (short) ((bits | QUIET_NAN) >>> 16);
        }
        return (short) ((bits + 0x7fff + (bits >>> 16 & 1)) >>> 16);
    }
}
