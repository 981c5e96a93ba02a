package dev.kneepoint.backend.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
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

    @Test
    void integers_areNoFloats() {
        assertThatThrownBy(() -> DataType.INT32.pack(new float[1])).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> DataType.INT32.unpack(ByteBuffer.allocate(4), 1))
                .isInstanceOf(IllegalStateException.class);
    }
}
