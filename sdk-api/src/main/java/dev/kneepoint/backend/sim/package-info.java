/**
 * The simulator: runs plans in virtual time, event by event. Not exported; found by its id {@code sim}.
 */
@NullMarked
package dev.kneepoint.backend.sim;

import org.jspecify.annotations.NullMarked;
