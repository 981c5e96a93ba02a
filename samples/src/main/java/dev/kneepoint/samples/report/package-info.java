/**
 * The self-contained HTML report of one or several studies. Start from
 * {@link dev.kneepoint.samples.report.HtmlReport}.
 */
@NullMarked
package dev.kneepoint.samples.report;

import org.jspecify.annotations.NullMarked;
