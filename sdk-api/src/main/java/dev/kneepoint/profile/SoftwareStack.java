package dev.kneepoint.profile;

import dev.kneepoint.annotation.Incubating;
import dev.kneepoint.units.Checks;

/**
 * A training framework and its era, as far as it changes step time and memory. Immutable. Presets are in
 * {@link ProfileCatalog}; a user's own is a JSON file of the same shape.
 *
 * @param name for example {@code torch-fsdp}
 * @param date year and month of the software it describes, for example {@code 2023-10}
 * @param source where the figures come from
 * @param kernels how layers become kernels
 * @param overlap what stays exposed
 * @param communication what is sent
 * @param memory what is kept
 * @param accumulateUnsharded whether sharded data parallelism reduces gradients only after the last micro-batch
 *     ({@code no_sync}), keeping them whole until then
 * @param fixedMillis host time of a step that nothing hides (data, logging, clipping), milliseconds
 * @param yearlyGain growth of its kernels' and its host's speed per year of releases around its date, as an exponent
 */
public record SoftwareStack(
        String name,
        String date,
        String source,
        KernelHabits kernels,
        OverlapHabits overlap,
        CommunicationHabits communication,
        MemoryHabits memory,
        boolean accumulateUnsharded,
        double fixedMillis,
        double yearlyGain) {
    /** Checks the name and range. */
    public SoftwareStack {
        Checks.notBlank("stack name", name);
        Checks.notNegative("fixedMillis", fixedMillis);
        Checks.notNegative("yearlyGain", yearlyGain);
    }

    /**
     * The same stack with one habit changed.
     *
     * @param path the component, for example {@code kernels.launchMicros}
     * @param value its value, of the component's type
     * @return the changed stack
     * @throws IllegalArgumentException if there is no such component, or the value is out of its range
     */
    @Incubating
    public SoftwareStack with(String path, Object value) {
        return RecordPath.of(path).with(this, value);
    }
}
