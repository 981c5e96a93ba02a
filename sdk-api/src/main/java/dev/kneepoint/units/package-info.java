/**
 * Value types for quantities that a bare number invites to mix up, and their formatting for people. Start from {@link dev.kneepoint.units.Bytes}. Knows nothing of training.
 */
@NullMarked
package dev.kneepoint.units;

import org.jspecify.annotations.NullMarked;
