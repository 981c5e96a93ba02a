package dev.kneepoint.study;

import com.google.common.collect.ImmutableList;
import dev.kneepoint.annotation.Incubating;
import dev.kneepoint.plan.MemoryEstimate;
import dev.kneepoint.plan.MemoryUse;
import dev.kneepoint.profile.Scenario;
import dev.kneepoint.units.Bytes;
import dev.kneepoint.units.Checks;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * Why a search found nothing: the limit that every layout breaks, by how much the one that comes nearest breaks it, and
 * the smallest changes of one thing each with which something would fit. Immutable.
 *
 * @param limit the limit that fails everywhere
 * @param reason the same in a sentence
 * @param nearest the legal layout that needs the least memory; empty if nothing is legal
 * @param memory what it needs, by class; empty if nothing is legal
 * @param remedies at most one for each kind of change; empty if no single change of those tried helps
 */
@Incubating
public record SearchObstacle(
        Limit limit, String reason, Optional<FoundLayout> nearest, Optional<MemoryUse> memory, List<Remedy> remedies) {
    /** Checks the reason and copies the list. */
    public SearchObstacle {
        Checks.notBlank("reason", reason);
        remedies = ImmutableList.copyOf(remedies);
    }

    /** What no layout keeps to. */
    public enum Limit {
        /** The memory of a device. */
        MEMORY,
        /** The global batch: what is fixed goes with the devices, but not with so many sequences. */
        BATCH,
        /** What is fixed of the strategy: no layout of this model and number of devices is like that. */
        FIXED;

        /**
         * The name in files.
         *
         * @return lower-case name
         */
        public String label() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /** One thing that could be changed. */
    public enum Change {
        /** A device with more memory, or a higher limit. */
        MEMORY,
        /** Another number of devices. */
        DEVICES,
        /** Another global batch. */
        GLOBAL_BATCH,
        /** Shorter sequences. */
        SEQUENCE_LENGTH,
        /** Fewer bits. */
        PRECISION,
        /** Less of the strategy fixed. */
        FIXED;

        /**
         * The name in files.
         *
         * @return lower-case name, for example {@code global_batch}
         */
        public String label() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /**
     * The smallest change of one thing that helps, the rest unchanged.
     *
     * @param change what changes
     * @param to its new value: bytes, devices, sequences, tokens, a precision, or the parts that stay fixed
     * @param text the same in words, for example {@code 16 devices}
     * @param layout the layout that then needs the least memory
     */
    public record Remedy(Change change, String to, String text, FoundLayout layout) {}

    /**
     * Bytes that the nearest layout needs too many.
     *
     * @param result the search
     * @return bytes; 0 if the limit is not memory
     */
    public double excessBytes(SearchResult result) {
        return limit == Limit.MEMORY
                ? nearest.map(n -> n.memoryBytes() - result.limitBytes()).orElse(0.0)
                : 0;
    }

    /**
     * Finds out why.
     *
     * @param result a search
     * @return the reason; empty if something was found, or would have been with more time
     */
    public static Optional<SearchObstacle> of(SearchResult result) {
        if (!result.best().isEmpty()) {
            return Optional.empty();
        }
        Scenario scenario = result.scenario();
        Optional<LeastMemory.Least> least = LeastMemory.of(scenario, result.devices(), result.fixed());
        if (least.isEmpty()) {
            return Optional.of(IllegalSpace.explain(result));
        }
        if (least.get().bytes() <= result.limitBytes()) {
            return Optional.empty();
        }
        FoundLayout nearest = Remedies.found(scenario, least.get());
        return Optional.of(new SearchObstacle(
                Limit.MEMORY,
                String.format(
                        Locale.ROOT,
                        "every layout needs more memory than %s; the smallest, %s, needs %s, %.0f %% more",
                        Bytes.of(result.limitBytes()),
                        nearest.layout().strategy().spec(),
                        Bytes.of(nearest.memoryBytes()),
                        100 * (nearest.memoryBytes() / result.limitBytes() - 1)),
                Optional.of(nearest),
                Optional.of(MemoryEstimate.of(scenario.workload(), scenario.stack(), nearest.layout())),
                Remedies.forMemory(result, nearest)));
    }
}
