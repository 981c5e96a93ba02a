package dev.kneepoint.backend.engine;

/** Which operand of a product is a gradient: they need a wider range than weights and activations. */
public enum Gradient {
    /** Both are weights or activations. */
    NONE,
    /** The left one. */
    LEFT,
    /** The right one. */
    RIGHT
}
