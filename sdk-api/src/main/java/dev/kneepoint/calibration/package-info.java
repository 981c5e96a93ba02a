/**
 * Published or own measurements: reading them, predicting them, and saying how far off the predictions are. Start from
 * {@link dev.kneepoint.calibration.Validation}.
 */
@NullMarked
package dev.kneepoint.calibration;

import org.jspecify.annotations.NullMarked;
