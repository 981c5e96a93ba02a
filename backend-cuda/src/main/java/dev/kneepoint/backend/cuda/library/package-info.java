/** How native libraries are found and bound. Not API: exported to the project's own modules only. */
@NullMarked
package dev.kneepoint.backend.cuda.library;

import org.jspecify.annotations.NullMarked;
