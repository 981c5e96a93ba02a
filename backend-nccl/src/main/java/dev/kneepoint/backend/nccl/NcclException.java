package dev.kneepoint.backend.nccl;

import dev.kneepoint.spi.BackendException;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/** A call of NCCL failed, or a collective that it had begun. */
public final class NcclException extends BackendException {
    private static final long serialVersionUID = 1L;
    private static final int NO_RANK = -1;

    private final String call;
    private final int code;
    private final String error;
    private final String text;
    private final int rank;
    private final String op;
    private final String group;

    private NcclException(
            String call,
            int code,
            String error,
            String text,
            int rank,
            String op,
            String group,
            @Nullable Throwable cause) {
        super(message(call, code, error, text, rank, op, group));
        this.call = call;
        this.code = code;
        this.error = error;
        this.text = text;
        this.rank = rank;
        this.op = op;
        this.group = group;
        if (cause != null) {
            initCause(cause);
        }
    }

    /**
     * A failed call.
     *
     * @param call the function and what it was to do
     * @param code its result, for example 2
     * @param error the result's name, for example {@code ncclSystemError}
     * @param text what NCCL says about it; empty if it says nothing
     * @return the exception, without rank, op and group
     */
    static NcclException of(String call, int code, String error, String text) {
        return new NcclException(call, code, error, text, NO_RANK, "", "", null);
    }

    /** The same failure at a rank's op in a group; what is known already stays. */
    NcclException at(int atRank, String atOp, String atGroup) {
        return rank == NO_RANK ? new NcclException(call, code, error, text, atRank, atOp, atGroup, this) : this;
    }

    private static String message(String call, int code, String error, String text, int rank, String op, String group) {
        String where = rank == NO_RANK
                ? ""
                : "rank " + rank + ", " + (op.isEmpty() ? "between ops" : "op '" + op + "'")
                        + (group.isEmpty() ? "" : ", " + group) + ": ";
        return where + "NCCL: " + call + " failed with " + error + " (" + code + ")"
                + (text.isEmpty() ? "" : ": " + text);
    }

    /**
     * NCCL's result code.
     *
     * @return for example 2
     */
    public int code() {
        return code;
    }

    /**
     * The result code's name.
     *
     * @return for example {@code ncclSystemError}
     */
    public String error() {
        return error;
    }

    /**
     * The rank that failed.
     *
     * @return from 0; empty if the call belongs to none
     */
    public OptionalInt rank() {
        return rank == NO_RANK ? OptionalInt.empty() : OptionalInt.of(rank);
    }

    /**
     * The op that the rank was at.
     *
     * @return its name in the plan; empty between ops
     */
    public String op() {
        return op;
    }

    /**
     * The process group of the collective.
     *
     * @return for example {@code tensor group [0, 1]}; empty if the call belongs to none
     */
    public String group() {
        return group;
    }
}
