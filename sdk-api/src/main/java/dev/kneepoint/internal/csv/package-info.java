/**
 * The one place that knows the CSV library. Not exported to hosts.
 */
@NullMarked
package dev.kneepoint.internal.csv;

import org.jspecify.annotations.NullMarked;
