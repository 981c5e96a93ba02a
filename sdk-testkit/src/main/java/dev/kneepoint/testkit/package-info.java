/** Conformance batteries for backends, fault injection and small random plans. */
@NullMarked
package dev.kneepoint.testkit;

import org.jspecify.annotations.NullMarked;
