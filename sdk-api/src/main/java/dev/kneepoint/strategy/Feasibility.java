package dev.kneepoint.strategy;

/** Whether a strategy suits a workload on a number of devices; a value, so that searches need no exceptions. */
public sealed interface Feasibility {
    /**
     * It does.
     *
     * @param layout the resolved numbers
     */
    record Feasible(Layout layout) implements Feasibility {}

    /**
     * It does not.
     *
     * @param reason what is wrong, for example {@code tp=6 does not divide 32 heads}
     * @param nearest the nearest legal choice, for example {@code nearest: tp=4 or tp=8}; blank if there is none
     */
    record Infeasible(String reason, String nearest) implements Feasibility {
        /**
         * Reason and nearest choice in one sentence.
         *
         * @return the sentence
         */
        public String message() {
            return nearest.isBlank() ? reason : reason + "; " + nearest;
        }
    }
}
