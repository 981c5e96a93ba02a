package dev.kneepoint.plan;

import java.util.Locale;

/** What a segment does with one chunk of layers and one micro-batch. */
public enum SegmentKind {
    /** Forward pass. */
    FORWARD,
    /** Forward pass of the step's first micro-batch, with gathers that happen once a step. */
    FORWARD_FIRST,
    /** Backward pass; with a zero-bubble schedule the input gradients only. */
    BACKWARD,
    /** Backward pass of the step's last micro-batch, with reductions that happen once a step. */
    BACKWARD_LAST,
    /** Weight gradients, apart from the backward pass, with a zero-bubble schedule. */
    WEIGHT,
    /** Weight gradients of the step's last micro-batch, with reductions that happen once a step. */
    WEIGHT_LAST,
    /** Everything after the last micro-batch: clipping and the optimizer. */
    STEP;

    /**
     * The name in files.
     *
     * @return lower-case name with dashes
     */
    public String label() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
