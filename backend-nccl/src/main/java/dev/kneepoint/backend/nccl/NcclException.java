package dev.kneepoint.backend.nccl;

import dev.kneepoint.backend.engine.FailurePlace;
import dev.kneepoint.spi.BackendException;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/** A call of NCCL failed, or a collective that it had begun. */
public final class NcclException extends BackendException {
    private static final long serialVersionUID = 1L;

    private final String call;
    private final int code;
    private final String error;
    private final String text;
    private final FailurePlace place;

    private NcclException(
            String call, int code, String error, String text, FailurePlace place, @Nullable Throwable cause) {
        super(message(call, code, error, text, place));
        this.call = call;
        this.code = code;
        this.error = error;
        this.text = text;
        this.place = place;
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
        return new NcclException(call, code, error, text, FailurePlace.NOWHERE, null);
    }

    /** The same failure at a rank's op in a group; what is known already stays. */
    NcclException at(int atRank, String atOp, String atGroup) {
        return place.isKnown()
                ? this
                : new NcclException(call, code, error, text, FailurePlace.of(atRank, atOp, atGroup), this);
    }

    private static String message(String call, int code, String error, String text, FailurePlace place) {
        return place.say(
                "",
                "NCCL: " + call + " failed with " + error + " (" + code + ")" + (text.isEmpty() ? "" : ": " + text));
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
        return place.rank();
    }

    /**
     * The op that the rank was at.
     *
     * @return its name in the plan; empty between ops
     */
    public String op() {
        return place.op().orElse("");
    }

    /**
     * The process group of the collective.
     *
     * @return for example {@code tensor group [0, 1]}; empty if the call belongs to none
     */
    public String group() {
        return place.on().orElse("");
    }
}
