/** A host application that watches its job for slow ranks; its test shows how to unit-test against real execution. */
@NullMarked
package dev.kneepoint.samples.host;

import org.jspecify.annotations.NullMarked;
