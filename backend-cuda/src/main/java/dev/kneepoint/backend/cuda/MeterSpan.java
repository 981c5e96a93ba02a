package dev.kneepoint.backend.cuda;

import com.google.common.base.Ticker;
import com.google.common.collect.Sets;
import java.util.EnumSet;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;

/** A span that is being measured. Confined, but for the samples that its sampler takes. */
final class MeterSpan implements AutoCloseable {
    private static final double PER_NANO = 1e-9;
    private static final double PER_MILLI = 1e-3;

    private final Object lock = new Object();
    private final Gauges gauges;
    private final Ticker clock;
    private final TimeIntegral power = new TimeIntegral();
    private final TimeIntegral smClock = new TimeIntegral();
    private final TimeIntegral memoryClock = new TimeIntegral();
    private final Set<ThrottleReason> reasons = EnumSet.noneOf(ThrottleReason.class);
    private final OptionalLong correctedBefore;
    private final OptionalLong uncorrectedBefore;
    private boolean knowsReasons;
    private OptionalInt hottest = OptionalInt.empty();
    private int samples;
    private Optional<CudaException> failure = Optional.empty();
    private final OptionalLong energyBefore;
    private final long startNanos;
    private Optional<Sampler.Running> running = Optional.empty();

    private MeterSpan(Gauges gauges, Ticker clock) {
        this.gauges = gauges;
        this.clock = clock;
        correctedBefore = gauges.correctedErrors();
        uncorrectedBefore = gauges.uncorrectedErrors();
        sample();
        // The clock and the counter last: reading the others takes time that is not of the span.
        startNanos = clock.read();
        energyBefore = gauges.energyMillijoules();
    }

    static MeterSpan start(Gauges gauges, Ticker clock, Sampler sampler) {
        MeterSpan span = new MeterSpan(gauges, clock);
        span.throwFailure();
        span.running = Optional.of(sampler.start(span::sample));
        return span;
    }

    private void sample() {
        synchronized (lock) {
            if (failure.isPresent()) {
                return;
            }
            try {
                look();
                samples++;
            } catch (CudaException e) {
                failure = Optional.of(e);
            }
        }
    }

    private void look() {
        gauges.powerWatts().ifPresent(w -> power.add(clock.read(), w));
        gauges.smClockMhz().ifPresent(c -> smClock.add(clock.read(), c));
        gauges.memoryClockMhz().ifPresent(c -> memoryClock.add(clock.read(), c));
        gauges.temperatureCelsius()
                .ifPresent(t -> hottest = OptionalInt.of(Math.max(t, hottest.orElse(Integer.MIN_VALUE))));
        gauges.throttleReasons().ifPresent(r -> {
            knowsReasons = true;
            reasons.addAll(r);
        });
    }

    private void throwFailure() {
        synchronized (lock) {
            if (failure.isPresent()) {
                throw failure.get();
            }
        }
    }

    /**
     * Ends the span; to be called once.
     *
     * @throws CudaException if the device did not answer, now or during the span
     */
    MeterReading stop() {
        try {
            OptionalLong energyAfter = gauges.energyMillijoules();
            long endNanos = clock.read();
            close();
            sample();
            return reading(endNanos, energyAfter);
        } finally {
            close();
        }
    }

    private MeterReading reading(long endNanos, OptionalLong energyAfter) {
        throwFailure();
        double seconds = (endNanos - startNanos) * PER_NANO;
        return new MeterReading(
                seconds,
                energy(energyAfter, seconds),
                smClock.mean(),
                memoryClock.mean(),
                hottest,
                knowsReasons ? Optional.of(Sets.immutableEnumSet(reasons)) : Optional.empty(),
                difference(correctedBefore, gauges.correctedErrors()),
                difference(uncorrectedBefore, gauges.uncorrectedErrors()),
                samples);
    }

    private EnergyReading energy(OptionalLong after, double seconds) {
        if (gauges.isInstance()) {
            return new EnergyReading.Unknown("a MIG instance has no energy of its own: NVML measures the whole board");
        }
        OptionalLong millijoules = difference(energyBefore, after);
        if (millijoules.isPresent() && millijoules.getAsLong() < 0) {
            return new EnergyReading.Unknown("the board's energy counter went back; was the driver loaded again?");
        }
        if (millijoules.isPresent()) {
            return new EnergyReading.Measured(millijoules.getAsLong() * PER_MILLI, EnergyReading.Source.COUNTER);
        }
        // The samples at the ends were taken a little before and after: their integral is one of a longer span.
        OptionalDouble watts = power.mean();
        return watts.isPresent()
                ? new EnergyReading.Measured(seconds * watts.getAsDouble(), EnergyReading.Source.SAMPLES)
                : new EnergyReading.Unknown("the board has neither an energy counter nor a power sensor");
    }

    private static OptionalLong difference(OptionalLong before, OptionalLong after) {
        return before.isPresent() && after.isPresent()
                ? OptionalLong.of(after.getAsLong() - before.getAsLong())
                : OptionalLong.empty();
    }

    /** Takes no more samples. */
    @Override
    public void close() {
        running.ifPresent(Sampler.Running::stop);
        running = Optional.empty();
    }
}
