package dev.kneepoint.backend.nccl;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** Numbers in the types of NCCL. */
final class Elements {
    private Elements() {}

    static byte[] encode(NcclType type, double... values) {
        ByteBuffer out = ByteBuffer.allocate(values.length * type.bytes()).order(ByteOrder.LITTLE_ENDIAN);
        for (double v : values) {
            switch (type) {
                case INT8, UINT8 -> out.put((byte) (long) v);
                case INT32, UINT32 -> out.putInt((int) (long) v);
                case INT64, UINT64 -> out.putLong((long) v);
                case FLOAT16 -> out.putShort(Float.floatToFloat16((float) v));
                case FLOAT32 -> out.putFloat((float) v);
                case FLOAT64 -> out.putDouble(v);
                case BFLOAT16 -> out.putShort((short) (Float.floatToIntBits((float) v) >> 16));
                case FLOAT8_E4M3 -> out.put(small(v, 3, 7));
                case FLOAT8_E5M2 -> out.put(small(v, 2, 15));
            }
        }
        return out.array();
    }

    static double[] decode(NcclType type, byte[] bytes) {
        ByteBuffer in = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        double[] out = new double[bytes.length / type.bytes()];
        for (int i = 0; i < out.length; i++) {
            out[i] = switch (type) {
                case INT8 -> in.get();
                case UINT8 -> in.get() & 0xff;
                case INT32 -> in.getInt();
                case UINT32 -> in.getInt() & 0xffffffffL;
                case INT64, UINT64 -> in.getLong();
                case FLOAT16 -> Float.float16ToFloat(in.getShort());
                case FLOAT32 -> in.getFloat();
                case FLOAT64 -> in.getDouble();
                case BFLOAT16 -> Float.intBitsToFloat(in.getShort() << 16);
                case FLOAT8_E4M3 -> ofSmall(in.get(), 3, 7);
                case FLOAT8_E5M2 -> ofSmall(in.get(), 2, 15);
            };
        }
        return out;
    }

    /** Largest error of rounding a number to the type; zero for integers. */
    static double rounding(NcclType type, double value) {
        return switch (type) {
            case INT8, UINT8, INT32, UINT32, INT64, UINT64 -> 0;
            case FLOAT16 -> Math.max(Math.abs(value) * 0x1p-11, 0x1p-25);
            case FLOAT32 -> Math.abs(value) * 0x1p-24;
            case FLOAT64 -> Math.abs(value) * 0x1p-53;
            case BFLOAT16 -> Math.abs(value) * 0x1p-8;
            case FLOAT8_E4M3 -> Math.max(Math.abs(value) * 0x1p-4, 0x1p-10);
            case FLOAT8_E5M2 -> Math.max(Math.abs(value) * 0x1p-3, 0x1p-17);
        };
    }

    /** What an integer type keeps of a number. */
    static double wrapped(NcclType type, long value) {
        return switch (type) {
            case INT8 -> (byte) value;
            case UINT8 -> value & 0xff;
            case INT32 -> (int) value;
            case UINT32 -> value & 0xffffffffL;
            default -> value;
        };
    }

    static boolean isInteger(NcclType type) {
        return type.ordinal() <= NcclType.UINT64.ordinal();
    }

    /** A number that the format has: normal, with few bits. */
    private static byte small(double value, int fractionBits, int bias) {
        if (value == 0) {
            return 0;
        }
        int exponent = Math.getExponent(value);
        int fraction = (int) Math.scalb(Math.abs(value), fractionBits - exponent) - (1 << fractionBits);
        return (byte) ((value < 0 ? 0x80 : 0) | (exponent + bias) << fractionBits | fraction);
    }

    private static double ofSmall(byte code, int fractionBits, int bias) {
        int fraction = code & (1 << fractionBits) - 1;
        int exponent = (code & 0x7f) >> fractionBits;
        double size = exponent == 0
                ? Math.scalb((double) fraction, 1 - bias - fractionBits)
                : Math.scalb((double) (fraction + (1 << fractionBits)), exponent - bias - fractionBits);
        return code < 0 ? -size : size;
    }
}
