/**
 * Real execution of plans on OpenCL devices. Start from {@link dev.kneepoint.backend.opencl.OpenClBackendProvider}; a host
 * meets {@link dev.kneepoint.backend.opencl.OpenClException} besides it. OpenCL itself does not show.
 */
@NullMarked
package dev.kneepoint.backend.opencl;

import org.jspecify.annotations.NullMarked;
