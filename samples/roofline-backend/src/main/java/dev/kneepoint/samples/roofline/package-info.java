/** A backend of one's own, as short as it can be: every op takes as long as the roofline says, one after the other. */
@NullMarked
package dev.kneepoint.samples.roofline;

import org.jspecify.annotations.NullMarked;
