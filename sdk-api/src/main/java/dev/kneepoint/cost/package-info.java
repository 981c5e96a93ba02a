/**
 * Seconds and bytes as pure functions of shapes and profiles: of one op, of one collective, and of a whole configuration in closed form. Start from {@link dev.kneepoint.cost.StepCost}. Never goes through a timeline.
 */
@NullMarked
package dev.kneepoint.cost;

import org.jspecify.annotations.NullMarked;
