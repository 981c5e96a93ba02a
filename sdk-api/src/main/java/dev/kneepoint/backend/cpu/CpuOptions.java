package dev.kneepoint.backend.cpu;

import dev.kneepoint.plan.PlanSample;
import java.time.Duration;
import java.time.format.DateTimeParseException;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * Options of the backend.
 *
 * @param virtual whether times come from the profile instead of the clock on the wall
 * @param kernel the kernels
 * @param sample how much of a plan is run
 * @param timeout longest wait for another rank
 * @param checks whether results are searched for NaN
 * @param faults what shall go wrong
 */
record CpuOptions(
        boolean virtual, MatrixKernel kernel, PlanSample sample, Duration timeout, boolean checks, List<Fault> faults) {
    private static final String CLOCK = "cpu.clock";
    private static final String KERNELS = "cpu.kernels";
    private static final String LAYERS = "cpu.layers";
    private static final String MICRO_BATCHES = "cpu.micro-batches";
    private static final String TIMEOUT = "cpu.timeout";
    private static final String CHECKS = "cpu.checks";
    private static final String FAULTS = "cpu.faults";
    private static final Set<String> NAMES = Set.of(CLOCK, KERNELS, LAYERS, MICRO_BATCHES, TIMEOUT, CHECKS, FAULTS);

    static CpuOptions of(Map<String, String> options) {
        for (String name : options.keySet()) {
            if (!NAMES.contains(name)) {
                throw new IllegalArgumentException(
                        "backend cpu has no option '" + name + "'; it has " + new TreeSet<>(NAMES));
            }
        }
        return new CpuOptions(
                choice(options, CLOCK, "wall", "virtual").equals("virtual"),
                kernel(choice(options, KERNELS, "auto", "loops", "vector")),
                new PlanSample(count(options, LAYERS, 1), count(options, MICRO_BATCHES, 2)),
                timeout(options.getOrDefault(TIMEOUT, "PT60S")),
                choice(options, CHECKS, "true", "false").equals("true"),
                Fault.parse(options.getOrDefault(FAULTS, "")));
    }

    private static String choice(Map<String, String> options, String name, String... allowed) {
        String value = options.getOrDefault(name, allowed[0]);
        if (!List.of(allowed).contains(value)) {
            throw new IllegalArgumentException(name + " is " + String.join(" or ", allowed) + ", not '" + value + "'");
        }
        return value;
    }

    private static MatrixKernel kernel(String choice) {
        if (choice.equals("loops")) {
            return new LoopKernel();
        }
        if (choice.equals("vector") && !Kernels.hasVectors()) {
            throw new IllegalArgumentException(
                    KERNELS + "=vector needs the JVM flag --add-modules jdk.incubator.vector; loops need nothing");
        }
        return Kernels.best();
    }

    private static int count(Map<String, String> options, String name, int least) {
        String text = options.get(name);
        if (text == null) {
            return Integer.MAX_VALUE;
        }
        try {
            int value = Integer.parseInt(text);
            if (value >= least) {
                return value;
            }
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException(name + " is a whole number, not '" + text + "'");
        }
        throw new IllegalArgumentException(name + " is at least " + least + ", not " + text);
    }

    private static Duration timeout(String text) {
        try {
            Duration value = Duration.parse(text);
            if (value.isPositive() && value.compareTo(Duration.ofDays(1)) <= 0) {
                return value;
            }
        } catch (DateTimeParseException e) {
            throw new IllegalArgumentException(TIMEOUT + " is a duration such as PT30S, not '" + text + "'");
        }
        throw new IllegalArgumentException(TIMEOUT + " is above zero and at most a day, not " + text);
    }
}
