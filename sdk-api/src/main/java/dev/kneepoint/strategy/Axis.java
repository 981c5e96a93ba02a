package dev.kneepoint.strategy;

import java.util.Locale;

/** A dimension along which ranks divide the work. */
public enum Axis {
    /** Tensor (and sequence) parallel. */
    TENSOR("tp"),
    /** Context parallel. */
    CONTEXT("cp"),
    /** Data parallel. */
    DATA("dp"),
    /** Pipeline parallel. */
    PIPELINE("pp");

    private final String label;

    Axis(String label) {
        this.label = label;
    }

    /**
     * The short name.
     *
     * @return {@code tp}, {@code cp}, {@code dp} or {@code pp}
     */
    public String label() {
        return label;
    }

    /**
     * The axis of a short name.
     *
     * @param text {@code tp}, {@code cp}, {@code dp} or {@code pp}
     * @return the axis
     * @throws IllegalArgumentException if there is none of that name
     */
    public static Axis parse(String text) {
        for (Axis a : values()) {
            if (a.label.equals(text.toLowerCase(Locale.ROOT))) {
                return a;
            }
        }
        throw new IllegalArgumentException("unknown axis '" + text + "'; known: tp, cp, dp, pp");
    }
}
