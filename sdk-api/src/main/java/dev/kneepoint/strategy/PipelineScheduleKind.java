package dev.kneepoint.strategy;

/** Orders of forward and backward passes over pipeline stages. */
public enum PipelineScheduleKind {
    /** All forwards, then all backwards (arXiv 1811.06965). */
    GPIPE("gpipe"),
    /** One forward, one backward (PipeDream-flush, arXiv 2006.09503). */
    ONE_F_ONE_B("1f1b"),
    /** 1F1B over several chunks of layers per stage (arXiv 2104.04473). */
    INTERLEAVED("interleaved"),
    /** Zero-bubble ZB-H1: the weight gradient is postponed into the bubble (arXiv 2401.10241). */
    ZERO_BUBBLE_H1("zb-h1");

    private final String label;

    PipelineScheduleKind(String label) {
        this.label = label;
    }

    /**
     * The name on the command line and in files.
     *
     * @return for example {@code 1f1b}
     */
    public String label() {
        return label;
    }
}
