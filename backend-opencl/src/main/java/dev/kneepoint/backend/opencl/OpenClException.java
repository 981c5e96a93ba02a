package dev.kneepoint.backend.opencl;

import dev.kneepoint.spi.BackendException;
import java.util.Optional;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/** An OpenCL call failed. */
public final class OpenClException extends BackendException {
    private static final long serialVersionUID = 1L;
    private static final int NO_RANK = -1;

    private final int code;
    private final String error;
    private final String call;
    private final int rank;
    private final String op;
    private final String buildLog;

    private OpenClException(
            int code, String error, String call, int rank, String op, String buildLog, @Nullable Throwable cause) {
        super(message(code, error, call, rank, op, buildLog));
        this.code = code;
        this.error = error;
        this.call = call;
        this.rank = rank;
        this.op = op;
        this.buildLog = buildLog;
        if (cause != null) {
            initCause(cause);
        }
    }

    /**
     * A failed call.
     *
     * @param call the OpenCL function and what it was to do
     * @param code its status, for example -5
     * @param error the status's name, for example {@code CL_OUT_OF_RESOURCES}
     * @return the exception, without rank and op
     */
    static OpenClException of(String call, int code, String error) {
        return new OpenClException(code, error, call, NO_RANK, "", "", null);
    }

    /**
     * A program that does not build.
     *
     * @param call the program
     * @param code the status
     * @param error the status's name
     * @param buildLog what the driver's compiler says
     * @return the exception, without rank and op
     */
    static OpenClException build(String call, int code, String error, String buildLog) {
        return new OpenClException(code, error, call, NO_RANK, "", buildLog, null);
    }

    /** The same failure at a rank's op; what is known already stays. */
    OpenClException at(int atRank, String atOp) {
        return rank == NO_RANK ? new OpenClException(code, error, call, atRank, atOp, buildLog, this) : this;
    }

    private static String message(int code, String error, String call, int rank, String op, String buildLog) {
        String where = rank == NO_RANK
                ? ""
                : "rank " + rank + ", " + (op.isEmpty() ? "between ops" : "op '" + op + "'") + ": ";
        return where + call + " failed with " + error + " (" + code + ")"
                + (buildLog.isEmpty() ? "" : "; build log:\n" + buildLog);
    }

    /**
     * The status.
     *
     * @return for example -5
     */
    public int code() {
        return code;
    }

    /**
     * The status's name.
     *
     * @return for example {@code CL_OUT_OF_RESOURCES}
     */
    public String error() {
        return error;
    }

    /**
     * The rank that failed.
     *
     * @return from 0; empty outside of a run
     */
    public OptionalInt rank() {
        return rank == NO_RANK ? OptionalInt.empty() : OptionalInt.of(rank);
    }

    /**
     * The op that it was at.
     *
     * @return its name in the plan; empty between ops or outside of a run
     */
    public Optional<String> op() {
        return op.isEmpty() ? Optional.empty() : Optional.of(op);
    }

    /**
     * What the driver's compiler said.
     *
     * @return empty if it was no build that failed
     */
    public Optional<String> buildLog() {
        return buildLog.isEmpty() ? Optional.empty() : Optional.of(buildLog);
    }
}
