package dev.kneepoint.backend.opencl;

import dev.kneepoint.backend.engine.FailurePlace;
import dev.kneepoint.spi.BackendException;
import java.util.Optional;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/** An OpenCL call failed. */
public final class OpenClException extends BackendException {
    private static final long serialVersionUID = 1L;

    private final int code;
    private final String error;
    private final String call;
    private final FailurePlace place;
    private final String buildLog;

    private OpenClException(
            int code, String error, String call, FailurePlace place, String buildLog, @Nullable Throwable cause) {
        super(message(code, error, call, place, buildLog));
        this.code = code;
        this.error = error;
        this.call = call;
        this.place = place;
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
        return new OpenClException(code, error, call, FailurePlace.NOWHERE, "", null);
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
        return new OpenClException(code, error, call, FailurePlace.NOWHERE, buildLog, null);
    }

    /** The same failure at a rank's op; what is known already stays. */
    OpenClException at(int atRank, String atOp) {
        return place.isKnown()
                ? this
                : new OpenClException(code, error, call, FailurePlace.of(atRank, atOp, ""), buildLog, this);
    }

    private static String message(int code, String error, String call, FailurePlace place, String buildLog) {
        String log = buildLog.isEmpty() ? "" : "; build log:\n" + buildLog;
        return place.say("", call + " failed with " + error + " (" + code + ")" + log);
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
        return place.rank();
    }

    /**
     * The op that it was at.
     *
     * @return its name in the plan; empty between ops or outside of a run
     */
    public Optional<String> op() {
        return place.op();
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
