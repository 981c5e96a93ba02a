package dev.kneepoint.study;

import dev.kneepoint.annotation.Incubating;
import dev.kneepoint.metrics.Energy;
import dev.kneepoint.strategy.Layout;
import java.util.OptionalDouble;

/**
 * A layout that a search has evaluated.
 *
 * @param layout the layout
 * @param seconds step time by the closed form
 * @param memoryBytes peak memory of the fullest device, bytes
 * @param joulesPerToken energy of all devices per token as the simulator reports it, {@link Energy#joulesPerToken()};
 *     empty unless the search was asked for energy
 */
@Incubating
public record FoundLayout(Layout layout, double seconds, double memoryBytes, OptionalDouble joulesPerToken) {
    /**
     * A layout whose energy nobody asked for.
     *
     * @param layout the layout
     * @param seconds step time by the closed form
     * @param memoryBytes peak memory of the fullest device, bytes
     */
    public FoundLayout(Layout layout, double seconds, double memoryBytes) {
        this(layout, seconds, memoryBytes, OptionalDouble.empty());
    }
}
