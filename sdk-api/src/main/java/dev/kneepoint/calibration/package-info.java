/**
 * Published or own measurements: reading them, predicting them, and saying how far off the predictions are. Start from
 * {@link dev.kneepoint.calibration.Validation}, or from {@link dev.kneepoint.calibration.SeriesCalibration} to predict
 * beyond a few measured steps of one's own.
 */
@NullMarked
package dev.kneepoint.calibration;

import org.jspecify.annotations.NullMarked;
