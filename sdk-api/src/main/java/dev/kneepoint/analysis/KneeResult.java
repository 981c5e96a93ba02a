package dev.kneepoint.analysis;

import java.util.OptionalDouble;

/** Where scaling stops paying, under a stated rule. A knee is one of the studied sizes. */
public sealed interface KneeResult {
    /**
     * Why, in one sentence that names the rule.
     *
     * @return the reason
     */
    String reason();

    /**
     * There is a knee inside the range.
     *
     * @param devices the largest size that still pays
     * @param returnBefore return of the step that leads to it, as a fraction of proportional; empty at the first size
     * @param returnAfter return of the step that leads beyond it
     * @param reason see {@link #reason()}
     */
    record At(int devices, OptionalDouble returnBefore, double returnAfter, String reason) implements KneeResult {}

    /**
     * Every studied step still pays: the knee lies beyond the largest size.
     *
     * @param largest the largest studied size
     * @param reason see {@link #reason()}
     */
    record BeyondRange(int largest, String reason) implements KneeResult {}

    /**
     * There is no answer: no step pays, or fewer than two sizes ran.
     *
     * @param reason see {@link #reason()}
     */
    record Never(String reason) implements KneeResult {}
}
