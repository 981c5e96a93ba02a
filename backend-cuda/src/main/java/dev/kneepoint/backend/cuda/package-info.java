/**
 * Real execution of plans on the NVIDIA GPUs of one machine. Start from {@link dev.kneepoint.backend.cuda.CudaBackendProvider};
 * a host meets {@link dev.kneepoint.backend.cuda.CudaException} besides it. CUDA itself does not show.
 */
@NullMarked
package dev.kneepoint.backend.cuda;

import org.jspecify.annotations.NullMarked;
