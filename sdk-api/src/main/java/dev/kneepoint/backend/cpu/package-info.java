/** Real execution on host threads: a rank is a thread, every op runs on arrays. */
@NullMarked
package dev.kneepoint.backend.cpu;

import org.jspecify.annotations.NullMarked;
