/**
 * How far off predictions are, as a folder of pages and pictures. Start from
 * {@link dev.kneepoint.samples.validation.ValidationReport}.
 */
@NullMarked
package dev.kneepoint.samples.validation;

import org.jspecify.annotations.NullMarked;
