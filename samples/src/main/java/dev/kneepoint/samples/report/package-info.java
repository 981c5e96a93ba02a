/** The HTML report. Start from {@link dev.kneepoint.samples.report.HtmlReport}. */
@NullMarked
package dev.kneepoint.samples.report;

import org.jspecify.annotations.NullMarked;
