/**
 * What backends {@code cpu} and those on devices have in common. It knows nothing of devices or of what plans
 * consist of; not exported, for nothing outside of the two needs it.
 */
@NullMarked
package dev.kneepoint.backend.host;

import org.jspecify.annotations.NullMarked;
