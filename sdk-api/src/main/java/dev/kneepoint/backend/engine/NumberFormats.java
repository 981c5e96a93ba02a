package dev.kneepoint.backend.engine;

import dev.kneepoint.plan.Op;

/**
 * What a device computes a plan in. Sums of products, statistics of rows, and the optimizer's state are single precision
 * always.
 *
 * @param arrays activations, weights and gradients
 * @param operands what products multiply; arrays are rounded to it first if it is another type
 */
public record NumberFormats(DataType arrays, DataType operands) {
    /** Everything in single precision. */
    public static final NumberFormats SINGLE = of(DataType.FP32);

    /**
     * Products of arrays as they are.
     *
     * @param type of both
     * @return the formats
     */
    public static NumberFormats of(DataType type) {
        return new NumberFormats(type, type);
    }

    /**
     * Whether arrays are rounded before they are multiplied.
     *
     * @return true if operands have a type of their own
     */
    public boolean rounds() {
        return arrays != operands;
    }

    /**
     * Whether arrays are rounded before a product of a plan: to eight bits only where the plan wants it.
     *
     * @param product one of the plan's products
     * @return true if its operands have a type of their own
     */
    public boolean rounds(Op.Matmul product) {
        return rounds() && (operands != DataType.E4M3 || product.quantised());
    }
}
