/**
 * Runs plans on devices with in-order queues. A backend brings its devices ({@link dev.kneepoint.backend.engine.DeviceSet}: buffers,
 * queues, events, kernels); issuing, collectives, waiting, memory and the reading of times are here. For the project's own
 * backends: hosts reach it through them.
 */
@NullMarked
package dev.kneepoint.backend.engine;

import org.jspecify.annotations.NullMarked;
