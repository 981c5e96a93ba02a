package dev.kneepoint.backend.cuda;

import com.google.common.base.Joiner;
import com.google.common.collect.ImmutableSortedMap;
import com.google.common.collect.ImmutableSortedSet;
import com.google.common.collect.Sets;
import dev.kneepoint.backend.engine.StepMeter;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.stream.Stream;

/** Energy, clocks and heat of the boards that a run uses, over its measured steps. Used for one run. */
final class BoardMeter implements StepMeter, AutoCloseable {
    /** What slows a board down that has work to do; idling and set clocks are no news. */
    private static final Set<ThrottleReason> SLOWING = Sets.immutableEnumSet(
            ThrottleReason.SOFTWARE_POWER_CAP,
            ThrottleReason.HARDWARE_SLOWDOWN,
            ThrottleReason.SOFTWARE_THERMAL_SLOWDOWN,
            ThrottleReason.HARDWARE_THERMAL_SLOWDOWN,
            ThrottleReason.POWER_BRAKE);

    private final List<NvmlMeter> meters;
    private final List<MeterSpan> spans = new ArrayList<>();
    private final List<MeterReading> readings = new ArrayList<>();

    /**
     * A meter of boards.
     *
     * @param meters one for each board; none if nobody can ask them
     */
    BoardMeter(List<NvmlMeter> meters) {
        this.meters = List.copyOf(meters);
    }

    @Override
    public void begin() {
        meters.forEach(meter -> spans.add(meter.start()));
    }

    @Override
    public void end() {
        spans.forEach(span -> readings.add(span.stop()));
        spans.clear();
    }

    /** Takes no more samples, if a step failed. */
    @Override
    public void close() {
        spans.forEach(MeterSpan::close);
        spans.clear();
    }

    /** Mean power of a board, W; empty if it is not known of every one. */
    OptionalDouble watts() {
        double sum = 0;
        for (MeterReading reading : readings) {
            if (!(reading.energy() instanceof EnergyReading.Measured measured) || reading.seconds() <= 0) {
                return OptionalDouble.empty();
            }
            sum += measured.joules() / reading.seconds();
        }
        return readings.isEmpty() || sum <= 0 ? OptionalDouble.empty() : OptionalDouble.of(sum / readings.size());
    }

    /** What a reader of the figures must know. */
    SortedSet<String> flags() {
        ImmutableSortedSet.Builder<String> out = ImmutableSortedSet.naturalOrder();
        if (!Sets.intersection(reasons(), SLOWING).isEmpty()) {
            out.add("throttled");
        }
        if (readings.stream().anyMatch(r -> r.newUncorrectedErrors().orElse(0) > 0)) {
            out.add("uncorrected-memory-errors");
        }
        if (sources().anyMatch(s -> s == EnergyReading.Source.SAMPLES)) {
            out.add("power-from-samples");
        }
        return out.build();
    }

    private Set<ThrottleReason> reasons() {
        Set<ThrottleReason> all = EnumSet.noneOf(ThrottleReason.class);
        readings.forEach(r -> r.throttleReasons().ifPresent(all::addAll));
        return all;
    }

    private Stream<EnergyReading.Source> sources() {
        return readings.stream()
                .flatMap(r -> r.energy() instanceof EnergyReading.Measured m ? Stream.of(m.source()) : Stream.empty());
    }

    /** Clocks, heat, errors and why there is no power, by name. */
    SortedMap<String, String> origin() {
        ImmutableSortedMap.Builder<String, String> out = ImmutableSortedMap.naturalOrder();
        mean(MeterReading::meanSmClockMhz).ifPresent(mhz -> out.put("sm clock", megahertz(mhz)));
        mean(MeterReading::meanMemoryClockMhz).ifPresent(mhz -> out.put("memory clock", megahertz(mhz)));
        OptionalInt hottest = readings.stream()
                .flatMapToInt(r -> r.maxTemperatureCelsius().stream())
                .max();
        hottest.ifPresent(celsius -> out.put("highest temperature", celsius + " °C"));
        if (!reasons().isEmpty()) {
            out.put("clocks held by", Joiner.on(", ").join(reasons()).toLowerCase(Locale.ROOT));
        }
        errors("corrected memory errors", r -> r.newCorrectedErrors().orElse(0), out);
        errors("uncorrected memory errors", r -> r.newUncorrectedErrors().orElse(0), out);
        SortedSet<String> unknown = new TreeSet<>();
        readings.forEach(r -> {
            if (r.energy() instanceof EnergyReading.Unknown u) {
                unknown.add(u.reason());
            }
        });
        if (!unknown.isEmpty()) {
            out.put("power", "not measured: " + String.join("; ", unknown));
        }
        return out.build();
    }

    private void errors(
            String name, Function<MeterReading, Long> count, ImmutableSortedMap.Builder<String, String> out) {
        long sum = readings.stream().mapToLong(count::apply).sum();
        if (sum > 0) {
            out.put(name, Long.toString(sum));
        }
    }

    private OptionalDouble mean(Function<MeterReading, OptionalDouble> figure) {
        return readings.stream().flatMapToDouble(r -> figure.apply(r).stream()).average();
    }

    private static String megahertz(double value) {
        return String.format(Locale.ROOT, "%.0f MHz", value);
    }
}
