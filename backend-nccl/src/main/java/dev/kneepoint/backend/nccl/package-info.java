/**
 * Real execution of plans over the NVIDIA GPUs of many processes and hosts: compute by backend {@code cuda}, collectives by
 * NCCL.
 */
@NullMarked
package dev.kneepoint.backend.nccl;

import org.jspecify.annotations.NullMarked;
