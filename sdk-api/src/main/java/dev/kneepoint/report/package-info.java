/**
 * Study, run and plan results as versioned JSON and CSV, and timelines as Chrome traces. Start from {@link dev.kneepoint.report.StudyJson}.
 */
@NullMarked
package dev.kneepoint.report;

import org.jspecify.annotations.NullMarked;
