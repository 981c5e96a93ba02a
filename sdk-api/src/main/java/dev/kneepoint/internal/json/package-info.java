/**
 * The one place that knows the JSON library. Not exported to hosts.
 */
@NullMarked
package dev.kneepoint.internal.json;

import org.jspecify.annotations.NullMarked;
