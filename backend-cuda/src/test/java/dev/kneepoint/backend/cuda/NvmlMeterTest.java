package dev.kneepoint.backend.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.google.common.base.Ticker;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Spans on the double, by a clock and a sampler that tests move by hand. */
@RequiresCompiler({"g++", "gcc"})
class NvmlMeterTest {
    private static final String BUS = "0000:65:00.0";

    private final DoubleControls controls = DoubleControls.nvml();
    private final ManualTime time = new ManualTime();
    private Nvml nvml;
    private int gpu;
    private NvmlMeter meter;

    /** A clock and a sampler whose samples are taken when a test says so. */
    private static final class ManualTime extends Ticker implements Sampler {
        private long nanos = 1_000_000_000_000L;
        private Runnable sample = () -> {};
        private int running;

        @Override
        public long read() {
            return nanos;
        }

        @Override
        public Running start(Runnable each) {
            sample = each;
            running++;
            return () -> running--;
        }

        void pass(double seconds) {
            nanos += Math.round(seconds * 1e9);
        }
    }

    @BeforeEach
    void open() {
        controls.reset();
        gpu = controls.add(BUS, "GPU-1", "NVIDIA Double", -1);
        nvml = Nvml.open(
                NvmlLibrary.open(NativeDoubles.nvml().toString()).found().orElseThrow());
        meter = new NvmlMeter(nvml.byBusId(BUS), time, time);
    }

    @AfterEach
    void nothingIsLeft() {
        nvml.close();
        assertThat(controls.users()).isZero();
        assertThat(time.running).as("samplers that nobody stopped").isZero();
    }

    // Energy

    @Test
    void energy_isTheCountersDifference() {
        controls.set(gpu, "power", 1_000_000);
        controls.set(gpu, "energy", 5_000);
        MeterSpan span = meter.start();
        time.pass(2);
        controls.set(gpu, "energy", 705_500);
        MeterReading reading = span.stop();
        assertThat(reading.energy()).isEqualTo(new EnergyReading.Measured(700.5, EnergyReading.Source.COUNTER));
        assertThat(reading.seconds()).isCloseTo(2, within(1e-9));
    }

    /** 100 W to 300 W in 1 s: 200 J; then to 200 W in 3 s: 750 J. */
    @Test
    void energy_isElseTheIntegralOfPower() {
        controls.set(gpu, "power", 0);
        for (int watts : new int[] {100, 300, 200}) {
            controls.power(gpu, watts * 1000);
        }
        MeterSpan span = meter.start();
        time.pass(1);
        time.sample.run();
        time.pass(3);
        MeterReading reading = span.stop();
        assertThat(reading.energy()).isInstanceOfSatisfying(EnergyReading.Measured.class, m -> {
            assertThat(m.joules()).isCloseTo(950, within(1e-6));
            assertThat(m.source()).isEqualTo(EnergyReading.Source.SAMPLES);
        });
        assertThat(reading.samples()).isEqualTo(3);
    }

    @Test
    void aDeviceWithoutSensors_saysSo() {
        assertThat(meter.start().stop().energy())
                .isEqualTo(new EnergyReading.Unknown("the board has neither an energy counter nor a power sensor"));
    }

    @Test
    void aCounterThatGoesBack_isNoEnergy() {
        controls.set(gpu, "energy", 5_000);
        MeterSpan span = meter.start();
        controls.set(gpu, "energy", 10);
        assertThat(span.stop().energy())
                .isEqualTo(new EnergyReading.Unknown(
                        "the board's energy counter went back; was the driver loaded again?"));
    }

    @Test
    void anInstance_hasNoEnergyOfItsOwn() {
        controls.set(gpu, "energy", 5_000);
        controls.set(gpu, "temperature", 50);
        controls.add("", "MIG-1", "NVIDIA Double MIG", gpu);
        MeterReading reading =
                new NvmlMeter(nvml.byUuid("MIG-1"), time, time).start().stop();
        assertThat(reading.energy())
                .isEqualTo(new EnergyReading.Unknown(
                        "a MIG instance has no energy of its own: NVML measures the whole board"));
        assertThat(reading.maxTemperatureCelsius()).hasValue(50);
    }

    // The rest

    /** 1000 MHz to 2000 MHz in 1 s, then 2000 MHz for 3 s: (1500 + 6000) / 4. */
    @Test
    void clocks_areWeightedByTime() {
        controls.set(gpu, "sm", 1000);
        controls.set(gpu, "memory", 2619);
        MeterSpan span = meter.start();
        controls.set(gpu, "sm", 2000);
        time.pass(1);
        time.sample.run();
        time.pass(3);
        MeterReading reading = span.stop();
        assertThat(reading.meanSmClockMhz().orElseThrow()).isCloseTo(1875, within(1e-6));
        assertThat(reading.meanMemoryClockMhz().orElseThrow()).isCloseTo(2619, within(1e-6));
    }

    @Test
    void clocksOfASpanWithoutLength_areTheLast() {
        controls.set(gpu, "sm", 1000);
        assertThat(meter.start().stop().meanSmClockMhz()).hasValue(1000);
    }

    @Test
    void whatHappenedInBetween_isSeen() {
        controls.set(gpu, "temperature", 60);
        controls.set(gpu, "reasons", 0);
        MeterSpan span = meter.start();
        controls.set(gpu, "temperature", 84);
        controls.set(gpu, "reasons", 0x40);
        time.sample.run();
        controls.set(gpu, "temperature", 70);
        controls.set(gpu, "reasons", 0x4);
        MeterReading reading = span.stop();
        assertThat(reading.maxTemperatureCelsius()).hasValue(84);
        assertThat(reading.throttleReasons().orElseThrow())
                .containsExactlyInAnyOrder(ThrottleReason.SOFTWARE_POWER_CAP, ThrottleReason.HARDWARE_THERMAL_SLOWDOWN);
    }

    @Test
    void errorsAreThoseOfTheSpan() {
        controls.set(gpu, "corrected", 5);
        controls.set(gpu, "uncorrected", 1);
        MeterSpan span = meter.start();
        controls.set(gpu, "corrected", 8);
        MeterReading reading = span.stop();
        assertThat(reading.newCorrectedErrors()).hasValue(3);
        assertThat(reading.newUncorrectedErrors()).hasValue(0);
    }

    @Test
    void figuresThatADeviceLacks_areEmpty() {
        MeterReading reading = meter.start().stop();
        assertThat(reading.meanSmClockMhz()).isEmpty();
        assertThat(reading.meanMemoryClockMhz()).isEmpty();
        assertThat(reading.maxTemperatureCelsius()).isEmpty();
        assertThat(reading.throttleReasons()).isEmpty();
        assertThat(reading.newCorrectedErrors()).isEmpty();
        assertThat(reading.newUncorrectedErrors()).isEmpty();
    }

    // Failures

    @Test
    void aSampleThatFails_endsTheSpanWithItsFailure() {
        MeterSpan span = meter.start();
        controls.fail("nvmlDeviceGetTemperature", 1, 15);
        time.sample.run();
        time.sample.run();
        assertThatThrownBy(span::stop)
                .isInstanceOf(CudaException.class)
                .hasMessageContaining("nvmlDeviceGetTemperature failed with NVML_ERROR_GPU_IS_LOST");
    }

    @Test
    void aDeviceThatDoesNotAnswer_startsNothing() {
        controls.fail("nvmlDeviceGetPowerUsage", 1, 15);
        assertThatThrownBy(meter::start).hasMessageContaining("nvmlDeviceGetPowerUsage");
    }

    @Test
    void aCounterThatFailsAtTheEnd_leavesNoSampler() {
        MeterSpan span = meter.start();
        controls.fail("nvmlDeviceGetTotalEnergyConsumption", 1, 15);
        assertThatThrownBy(span::stop).hasMessageContaining("nvmlDeviceGetTotalEnergyConsumption");
    }

    @Test
    void aSpanThatIsClosed_takesNoSamples() {
        MeterSpan span = meter.start();
        span.close();
        span.close();
        assertThat(time.running).isZero();
    }

    // The thread

    @Test
    @Timeout(20)
    void theThread_samplesUntilItIsStopped() throws InterruptedException {
        CountDownLatch three = new CountDownLatch(3);
        AtomicInteger taken = new AtomicInteger();
        Sampler.Running running = Sampler.every(Duration.ofMillis(1)).start(() -> {
            taken.incrementAndGet();
            assertThat(Thread.currentThread().isDaemon()).isTrue();
            three.countDown();
        });
        three.await();
        running.stop();
        int after = taken.get();
        running.stop();
        assertThat(taken).hasValue(after);
    }

    @Test
    void theThread_needsAPeriod() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Sampler.every(Duration.ZERO))
                .withMessage("samples need a positive period, not PT0S");
    }
}
