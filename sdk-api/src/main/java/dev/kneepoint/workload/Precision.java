package dev.kneepoint.workload;

import java.util.Locale;

/** The number format of most linear-layer arithmetic. */
public enum Precision {
    /** 32-bit floats. */
    FP32(4),
    /** 16-bit IEEE floats. */
    FP16(2),
    /** 16-bit brain floats. */
    BF16(2),
    /** 8-bit floats for the matrix products; activations and weights are stored in 16 bits and cast. */
    FP8(1),
    /** 4-bit floats (NVFP4) for the matrix products; activations and weights are stored in 16 bits and cast. */
    FP4(0.5);

    private final double bytes;

    Precision(double bytes) {
        this.bytes = bytes;
    }

    /**
     * Bytes of one matrix-product operand in this format.
     *
     * @return bytes per element
     */
    public double operandBytes() {
        return bytes;
    }

    /**
     * Bytes of one stored activation or weight: FP8 and FP4 training keeps them in 16 bits.
     *
     * @return bytes per element
     */
    public double storageBytes() {
        return Math.max(2, bytes);
    }

    /**
     * Whether operands are quantised from 16 bits before each product.
     *
     * @return true for FP8 and FP4
     */
    public boolean isQuantised() {
        return bytes < 2;
    }

    /**
     * The name on the command line and in files.
     *
     * @return lower-case name, for example {@code bf16}
     */
    public String label() {
        return name().toLowerCase(Locale.ROOT);
    }

    /**
     * The precision of a name.
     *
     * @param text {@code fp32}, {@code fp16}, {@code bf16}, {@code fp8} or {@code fp4}, in any case
     * @return the precision
     * @throws IllegalArgumentException if there is none of that name
     */
    public static Precision parse(String text) {
        for (Precision p : values()) {
            if (p.label().equals(text.toLowerCase(Locale.ROOT))) {
                return p;
            }
        }
        throw new IllegalArgumentException("unknown precision '" + text + "'; known: fp32, fp16, bf16, fp8, fp4");
    }
}
