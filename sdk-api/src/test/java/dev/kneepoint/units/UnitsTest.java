package dev.kneepoint.units;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Locale;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class UnitsTest {
    /** Three significant digits; the prefix changes where the rounded number would need a fourth. */
    @ParameterizedTest
    @CsvSource({
        "0, 0 B",
        "-0.0, 0 B",
        "1, 1 B",
        "999, 999 B",
        "999.4, 999 B",
        "999.5, 1 kB",
        "1000, 1 kB",
        "80e9, 80 GB",
        "3.35e12, 3.35 TB",
        "999499, 999 kB",
        "999500, 1 MB",
        "-1500, -1.5 kB",
        "1e24, 1 YB",
        "1e27, 1000 YB",
        "0.9994, 999 mB",
        "0.9996, 1 B",
        "0.0012, 1.2 mB",
        "1e-6, 1 µB",
        "9.996e-4, 1 mB",
        "2.5e-9, 2.5 nB",
        "7e-12, 7 pB",
        "1e-15, 0.001 pB",
    })
    void siPrefixes(double value, String expected) {
        assertThat(Quantity.si(value, "B")).isEqualTo(expected);
    }

    @ParameterizedTest
    @CsvSource({
        "0, 0 B",
        "1, 1 B",
        "1024, 1 KiB",
        "80e9, 74.5 GiB",
        "1099511627776, 1 TiB",
        "1536, 1.5 KiB",
        "1125899906842624, 1 PiB",
    })
    void iecPrefixes(double value, String expected) {
        assertThat(Quantity.iec(value)).isEqualTo(expected);
    }

    @Test
    void formattingIgnoresTheLocale() {
        Locale before = Locale.getDefault();
        try {
            Locale.setDefault(Locale.GERMANY);
            assertThat(Quantity.percent(0.4126)).isEqualTo("41.3 %");
            assertThat(new BytesPerSecond(3.35e12)).hasToString("3.35 TB/s");
            assertThatThrownBy(() -> Checks.positive("x", -1.5)).hasMessage("x must be a positive number, not -1.5");
        } finally {
            Locale.setDefault(before);
        }
    }

    @Test
    void unitsPrintThemselves() {
        assertThat(Bytes.gb(80)).hasToString("80 GB");
        assertThat(BytesPerSecond.gbit(400)).hasToString("50 GB/s");
        assertThat(FlopsPerSecond.tera(989)).hasToString("989 TFLOP/s");
        assertThat(Seconds.ofMicros(1200)).hasToString("1.2 ms");
        assertThat(new Watts(700)).hasToString("700 W");
        assertThat(Quantity.percent(1)).isEqualTo("100.0 %");
    }

    @Test
    void conversionsAreThoseOfTheirPrefixes() {
        assertThat(Bytes.gb(1.5).value()).isEqualTo(1_500_000_000L);
        assertThat(Bytes.gib(1).value()).isEqualTo(1L << 30);
        assertThat(BytesPerSecond.gb(450).value()).isEqualTo(450e9);
        assertThat(BytesPerSecond.gbit(8).value()).isEqualTo(1e9);
        assertThat(FlopsPerSecond.tera(1).value()).isEqualTo(1e12);
        assertThat(Seconds.ofMicros(1e6).value()).isEqualTo(1);
        assertThat(Bytes.of(0.5).value()).isEqualTo(1);
        assertThat(Bytes.of(0.4).value()).isZero();
    }

    @Test
    void bytesReachUpToTheLargestLongAndNoFurther() {
        assertThat(Bytes.of(Math.nextDown(0x1p63)).value()).isEqualTo((1L << 63) - 1024);
        assertThatThrownBy(() -> Bytes.of(0x1p63))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("bytes must be below 2^63, not 9.223372036854776E18");
        assertThatThrownBy(() -> Bytes.gb(1e100))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("bytes must be below 2^63");
        assertThatThrownBy(() -> new Bytes(-1))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("bytes must be at least 0, not -1");
    }

    @ParameterizedTest
    @ValueSource(doubles = {-1, Double.NaN, Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY})
    void amountsAreFiniteAndNotNegative(double bad) {
        refused(() -> Bytes.of(bad), "bytes", bad);
        refused(() -> new BytesPerSecond(bad), "bytes per second", bad);
        refused(() -> new FlopsPerSecond(bad), "operations per second", bad);
        refused(() -> new Seconds(bad), "seconds", bad);
        refused(() -> new Watts(bad), "watts", bad);
    }

    @Test
    void conversionsThatOverflowAreRefused() {
        refused(() -> BytesPerSecond.gb(1e300), "bytes per second", Double.POSITIVE_INFINITY);
        refused(() -> FlopsPerSecond.tera(1e300), "operations per second", Double.POSITIVE_INFINITY);
    }

    private static void refused(org.assertj.core.api.ThrowableAssert.ThrowingCallable call, String name, double bad) {
        assertThatThrownBy(call)
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(name + " must be a number of at least 0, not " + bad);
    }

    @Test
    void checksNameTheLegalRange() {
        assertThat(Checks.range("tp", 1, 1, 8)).isEqualTo(1);
        assertThat(Checks.range("tp", 8, 1, 8)).isEqualTo(8);
        assertThatThrownBy(() -> Checks.range("tp", 0, 1, 8)).hasMessage("tp must be between 1 and 8, not 0");
        assertThatThrownBy(() -> Checks.range("tp", 9, 1, 8)).hasMessage("tp must be between 1 and 8, not 9");
        assertThat(Checks.fraction("f", 1)).isEqualTo(1);
        assertThatThrownBy(() -> Checks.fraction("f", 1.001)).hasMessage("f must be between 0 and 1, not 1.001");
        assertThatThrownBy(() -> Checks.fraction("f", Double.NaN)).hasMessage("f must be between 0 and 1, not NaN");
        assertThatThrownBy(() -> Checks.positive("p", 0)).hasMessage("p must be a positive number, not 0.0");
        assertThatThrownBy(() -> Checks.positive("p", Double.NaN)).hasMessage("p must be a positive number, not NaN");
        assertThatThrownBy(() -> Checks.notBlank("name", " \t")).hasMessage("name must not be blank");
    }

    @Test
    void unitsCompareByAmount() {
        assertThat(Bytes.gb(1)).isLessThan(Bytes.gib(1));
        assertThat(new Seconds(2)).isGreaterThan(new Seconds(1));
        assertThat(new Watts(2)).isGreaterThan(new Watts(1));
        assertThat(FlopsPerSecond.tera(2)).isGreaterThan(FlopsPerSecond.tera(1));
        assertThat(BytesPerSecond.gb(2)).isGreaterThan(BytesPerSecond.gbit(2));
    }
}
