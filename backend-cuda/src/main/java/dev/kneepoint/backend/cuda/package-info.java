/** Runs plans on NVIDIA GPUs. So far its kernels; nothing here executes a plan yet. */
@NullMarked
package dev.kneepoint.backend.cuda;

import org.jspecify.annotations.NullMarked;
