/**
 * Fits that several packages share. Not exported to hosts.
 */
@NullMarked
package dev.kneepoint.internal.fit;

import org.jspecify.annotations.NullMarked;
