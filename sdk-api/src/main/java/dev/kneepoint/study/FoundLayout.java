package dev.kneepoint.study;

import dev.kneepoint.annotation.Incubating;
import dev.kneepoint.strategy.Layout;

/**
 * A layout that a search has evaluated.
 *
 * @param layout the layout
 * @param seconds step time by the closed form
 * @param memoryBytes peak memory of the fullest device, bytes
 */
@Incubating
public record FoundLayout(Layout layout, double seconds, double memoryBytes) {}
