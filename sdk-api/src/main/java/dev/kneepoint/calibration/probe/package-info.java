/**
 * Measures a machine through any backend: probes, the profile that they give, and a check of that profile against plans run for real. Start from {@link dev.kneepoint.calibration.probe.Calibration}. Knows no backend: probes are plans like any other.
 */
@NullMarked
package dev.kneepoint.calibration.probe;

import org.jspecify.annotations.NullMarked;
