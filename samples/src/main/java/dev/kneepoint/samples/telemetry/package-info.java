/** The metrics of a training loop as Micrometer meters and OpenTelemetry instruments. */
@NullMarked
package dev.kneepoint.samples.telemetry;

import org.jspecify.annotations.NullMarked;
