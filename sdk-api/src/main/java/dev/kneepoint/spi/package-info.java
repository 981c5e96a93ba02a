/**
 * What a backend implements and what a host calls. Start from {@link dev.kneepoint.spi.BackendProvider}. Found by ServiceLoader; one broken provider never hides the others.
 */
@NullMarked
package dev.kneepoint.spi;

import org.jspecify.annotations.NullMarked;
