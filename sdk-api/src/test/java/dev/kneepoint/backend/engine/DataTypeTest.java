package dev.kneepoint.backend.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class DataTypeTest {
    private static float through(DataType type, float value) {
        return type.unpack(type.pack(new float[] {value}), 1)[0];
    }

    /** Every one of the 65,536 is a value of its own. */
    @ParameterizedTest
    @EnumSource(names = {"BF16", "FP16"})
    void whatHasTheType_staysAsItIs(DataType type) {
        int all = 1 << 16;
        ByteBuffer packed = ByteBuffer.allocate(2 * all).order(ByteOrder.nativeOrder());
        for (int i = 0; i < all; i++) {
            packed.putShort(2 * i, (short) i);
        }
        float[] values = type.unpack(packed, all);
        ByteBuffer again = type.pack(values);
        for (int i = 0; i < all; i++) {
            if (Float.isNaN(values[i])) {
                assertThat(through(type, values[i])).as("pattern %x", i).isNaN();
            } else {
                assertThat(again.getShort(2 * i)).as("pattern %x", i).isEqualTo((short) i);
            }
        }
    }

    @Test
    void everyCodeOfE4m3_isAValueOfItsOwn() {
        ByteBuffer packed = ByteBuffer.allocate(256);
        for (int i = 0; i < 256; i++) {
            packed.put(i, (byte) i);
        }
        float[] values = DataType.E4M3.unpack(packed, 256);
        ByteBuffer again = DataType.E4M3.pack(values);
        for (int i = 0; i < 256; i++) {
            if ((i & 0x7f) == 0x7f) {
                assertThat(through(DataType.E4M3, values[i])).isNaN();
            } else {
                assertThat(again.get(i)).as("code %x", i).isEqualTo((byte) i);
            }
        }
        assertThat(values[0x7e]).isEqualTo(448);
        assertThat(values[0x38]).isEqualTo(1);
        assertThat(values[0x81]).isEqualTo(-0x1p-9f);
    }

    /** BF16 has eight bits of mantissa, FP16 eleven, E4M3 four, the leading one included. */
    @ParameterizedTest
    @CsvSource({
        "BF16, 0x1.01p0, 0x1.00p0",
        "BF16, 0x1.03p0, 0x1.04p0",
        "BF16, 0x1.0102p0, 0x1.02p0",
        "BF16, -0x1.03p0, -0x1.04p0",
        "BF16, 0x1.ffp127, Infinity",
        "FP16, 0x1.002p0, 0x1.000p0",
        "FP16, 0x1.006p0, 0x1.008p0",
        "FP16, 65520, Infinity",
        "FP32, 0x1.000002p0, 0x1.000002p0",
        "E4M3, 0x1.1p0, 0x1.0p0",
        "E4M3, 0x1.3p0, 0x1.4p0",
        "E4M3, -0x1.fp0, -0x1.0p1",
        "E4M3, 0x1.8p-9, 0x1.0p-8",
        "E4M3, 0x1.0p-10, 0",
        "E4M3, 0x1.fp-7, 0x1.0p-6",
        "E4M3, 447, 448",
        "E4M3, 1000, 448",
        "E4M3, -Infinity, -448"
    })
    void halfway_goesToEven(DataType type, float value, float rounded) {
        assertThat(through(type, value)).isEqualTo(rounded);
    }

    /** Beside every value, beside what is halfway to the next, and at random. */
    @ParameterizedTest
    @CsvSource({"E4M3, 0x7e", "E5M2, 0x7b"})
    void eightBits_areTheNearest(DataType type, int largest) {
        Random random = new Random(20261127);
        float[] values = new float[largest + 1];
        for (int code = 0; code <= largest; code++) {
            values[code] = type.unpack(ByteBuffer.wrap(new byte[] {(byte) code}), 1)[0];
        }
        for (int code = 0; code < largest; code++) {
            float middle = (values[code] + values[code + 1]) / 2;
            float between = values[code] + random.nextFloat() * (values[code + 1] - values[code]);
            for (float near : new float[] {values[code], middle, between}) {
                for (float x : new float[] {Math.nextDown(near), near, Math.nextUp(near), near * 1.0001f}) {
                    float size = Math.abs(x);
                    assertThat(through(type, size)).as("%a", size).isEqualTo(nearest(values, size));
                    assertThat(through(type, -size)).as("%a", -size).isEqualTo(-nearest(values, size));
                }
            }
        }
    }

    /** Of the values of codes 0, 1, 2 and so on; where two are as near, the one of the even code. */
    private static float nearest(float[] values, float size) {
        int best = 0;
        for (int code = 1; code < values.length; code++) {
            double gain = Math.abs((double) values[best] - size) - Math.abs((double) values[code] - size);
            if (gain > 0 || gain == 0 && code % 2 == 0) {
                best = code;
            }
        }
        return values[best];
    }

    @ParameterizedTest
    @CsvSource({
        "61439.996, 57344",
        "61440, Infinity",
        "65519, Infinity",
        "-0x1.fffffep127, -Infinity",
        "Infinity, Infinity",
        "-0x1.0p-17, -0.0",
        "-0x1.000002p-17, -0x1.0p-16"
    })
    void e5m2_hasInfinityAndSubnormals(float value, float rounded) {
        assertThat(through(DataType.E5M2, value)).isEqualTo(rounded);
    }

    /** Five bits of exponent and two of mantissa, as the upper half of FP16 has them. */
    @Test
    void everyCodeOfE5m2_isAValueOfItsOwn() {
        ByteBuffer packed = ByteBuffer.allocate(256);
        for (int i = 0; i < 256; i++) {
            packed.put(i, (byte) i);
        }
        float[] values = DataType.E5M2.unpack(packed, 256);
        ByteBuffer again = DataType.E5M2.pack(values);
        for (int i = 0; i < 256; i++) {
            if ((i & 0x7f) > 0x7c) {
                assertThat(through(DataType.E5M2, values[i])).isNaN();
            } else {
                assertThat(again.get(i)).as("code %x", i).isEqualTo((byte) i);
            }
        }
        assertThat(values[0x7b]).isEqualTo(57_344);
        assertThat(values[0x3c]).isEqualTo(1);
    }

    @ParameterizedTest
    @CsvSource({
        "INT8, -128, -128",
        "INT8, 200, -56",
        "UINT8, 255, 255",
        "UINT8, -1, 255",
        "INT32, -7, -7",
        "UINT32, -1, 0x1p32",
        "UINT32, 0x1.8p31, 0x1.8p31",
        "INT64, -0x1p40, -0x1p40",
        "UINT64, -1, 0x1p64",
        "FP64, 0x1.000002p0, 0x1.000002p0",
        "E5M2, 0x1.2p0, 0x1.0p0",
        "E5M2, 0x1.6p0, 0x1.8p0"
    })
    void whatIsOnlyMoved_hasValuesToo(DataType type, float value, float read) {
        assertThat(through(type, value)).isEqualTo(read);
    }
}
