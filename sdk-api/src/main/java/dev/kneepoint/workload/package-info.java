/**
 * What is trained: the model, the batch, the precision, and the floating-point operations and parameters that follow from them. Start from {@link dev.kneepoint.workload.TrainingWorkload}. Knows nothing of devices.
 */
@NullMarked
package dev.kneepoint.workload;

import org.jspecify.annotations.NullMarked;
