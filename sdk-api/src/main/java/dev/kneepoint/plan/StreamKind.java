package dev.kneepoint.plan;

import java.util.Locale;

/** The queues of a rank; ops of one stream run one after the other, in issue order. */
public enum StreamKind {
    /** Kernels. */
    COMPUTE("compute"),
    /** Tensor-parallel collectives. */
    TENSOR("tp"),
    /** Context-parallel exchanges. */
    CONTEXT("cp"),
    /** Expert all-to-all. */
    EXPERT("ep"),
    /** Gathers and scatters of sharded weights. */
    SHARD("dp"),
    /** Gradient reductions, and gathers of updated weights. */
    GRADIENT("dp"),
    /** Transfers between pipeline stages. */
    PIPELINE("pp");

    private final String axis;

    StreamKind(String axis) {
        this.axis = axis;
    }

    /**
     * The communication axis whose busy time the stream counts to.
     *
     * @return {@code tp}, {@code cp}, {@code ep}, {@code dp} or {@code pp}; {@code compute} for kernels
     */
    public String axis() {
        return axis;
    }

    /**
     * The name in timelines and files.
     *
     * @return lower-case name
     */
    public String label() {
        return name().toLowerCase(Locale.ROOT);
    }
}
