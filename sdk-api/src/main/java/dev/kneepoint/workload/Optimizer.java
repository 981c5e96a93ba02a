package dev.kneepoint.workload;

import dev.kneepoint.units.Checks;

/**
 * What one optimizer step moves and keeps per parameter. Adam with FP32 master weights and moments reads the gradient
 * and twelve bytes of state and writes the state and the 16-bit weight: 28 to 36 bytes.
 *
 * @param name for example {@code adamw}
 * @param stateBytes bytes of optimizer state per parameter, master weights included (Adam: 12)
 * @param trafficBytes bytes read and written per parameter and step (Adam: 32)
 */
public record Optimizer(String name, double stateBytes, double trafficBytes) {
    /** AdamW with FP32 master weights and moments. */
    public static final Optimizer ADAMW = new Optimizer("adamw", 12, 32);

    /** Checks the ranges. */
    public Optimizer {
        Checks.notBlank("optimizer name", name);
        Checks.notNegative("stateBytes", stateBytes);
        Checks.notNegative("trafficBytes", trafficBytes);
    }
}
