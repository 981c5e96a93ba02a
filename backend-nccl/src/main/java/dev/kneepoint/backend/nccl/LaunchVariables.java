package dev.kneepoint.backend.nccl;

import com.google.common.base.Ascii;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The options and variables that tell how a process was launched, and the one error that lists them. Immutable. */
final class LaunchVariables {
    private static final int LONGEST = 80;
    private static final List<String> OTHERS = List.of(
            "nccl.master",
            "nccl.port",
            "nccl.run-id",
            "MASTER_ADDR",
            "MASTER_PORT",
            "TORCHELASTIC_RUN_ID",
            "TORCHELASTIC_RESTART_COUNT",
            "TORCHELASTIC_USE_AGENT_STORE",
            "PMI_LOCAL_RANK",
            "PMI_LOCAL_SIZE",
            "SLURM_JOB_ID",
            "SLURM_STEP_ID",
            "SLURM_NODEID",
            "SLURM_STEP_NUM_TASKS",
            "SLURM_STEP_TASKS_PER_NODE",
            "SLURM_TASKS_PER_NODE",
            "SLURM_STEP_NODELIST",
            "SLURM_JOB_NODELIST",
            "SLURM_NODELIST",
            "PMIX_NAMESPACE");

    private final Map<String, String> environment;
    private final Map<String, String> options;

    LaunchVariables(Map<String, String> environment, Map<String, String> options) {
        this.environment = Map.copyOf(environment);
        this.options = Map.copyOf(options);
    }

    /** A value; one that is blank counts as missing, as a shell's {@code NAME=} leaves it behind. */
    Optional<String> text(String name) {
        Map<String, String> place = name.startsWith("nccl.") ? options : environment;
        return Optional.ofNullable(place.get(name)).map(String::strip).filter(v -> !v.isEmpty());
    }

    /** The first of several names that has a value. */
    Optional<String> first(String... names) {
        return Arrays.stream(names).flatMap(n -> text(n).stream()).findFirst();
    }

    /**
     * A whole number.
     *
     * @throws IllegalArgumentException if it is none or out of its range
     */
    OptionalInt number(String name, int least, int most) {
        Optional<String> text = text(name);
        if (text.isEmpty()) {
            return OptionalInt.empty();
        }
        try {
            int value = Integer.parseInt(text.get());
            if (value >= least && value <= most) {
                return OptionalInt.of(value);
            }
        } catch (NumberFormatException e) {
            throw wrong(name + " is no whole number", "set it to one from " + least + " to " + most);
        }
        throw wrong(name + " is out of range", "set it to a number from " + least + " to " + most);
    }

    /** The error for all that can be wrong here: what, all that was found, and what would be right. */
    IllegalArgumentException wrong(String what, String right) {
        String found = Stream.concat(
                        Arrays.stream(Launcher.values()).flatMap(l -> l.variables().stream()), OTHERS.stream())
                .flatMap(name -> text(name).map(value -> name + "=" + Ascii.truncate(value, LONGEST, "...")).stream())
                .collect(Collectors.joining(", "));
        return new IllegalArgumentException("how this process was launched is not clear: " + what + "; found "
                + (found.isEmpty() ? "nothing" : found) + "; " + right);
    }
}
