/** The façade that an embedder starts from: {@link dev.kneepoint.Kneepoint}. */
@NullMarked
package dev.kneepoint;

import org.jspecify.annotations.NullMarked;
