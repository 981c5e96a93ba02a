package dev.kneepoint.backend.cuda;

import dev.kneepoint.backend.engine.FailurePlace;
import dev.kneepoint.spi.BackendException;
import java.util.Optional;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/** A call of the CUDA driver, cuBLAS or NVML failed. */
public final class CudaException extends BackendException {
    private static final long serialVersionUID = 1L;

    private final String library;
    private final String call;
    private final int code;
    private final String error;
    private final String text;
    private final FailurePlace place;
    private final boolean lost;

    private CudaException(
            String library,
            String call,
            int code,
            String error,
            String text,
            FailurePlace place,
            boolean lost,
            @Nullable Throwable cause) {
        super(message(library, call, code, error, text, place, lost));
        this.library = library;
        this.call = call;
        this.code = code;
        this.error = error;
        this.text = text;
        this.place = place;
        this.lost = lost;
        if (cause != null) {
            initCause(cause);
        }
    }

    /**
     * A failed call of the driver.
     *
     * @param call the function and what it was to do
     * @param code its result, for example 2
     * @param error the result's name, for example {@code CUDA_ERROR_OUT_OF_MEMORY}
     * @param text what the driver says about it; empty if it says nothing
     * @return the exception, without rank, op and device
     */
    static CudaException driver(String call, int code, String error, String text) {
        return new CudaException("CUDA driver", call, code, error, text, FailurePlace.NOWHERE, false, null);
    }

    /**
     * A failed call of cuBLAS or cuBLASLt, which share their codes.
     *
     * @param call the function and what it was to do
     * @param code its status, for example 15
     * @param text what the library says about it; empty if it says nothing
     * @return the exception, without rank, op and device
     */
    static CudaException cublas(String call, int code, String text) {
        return new CudaException(
                "cuBLAS", call, code, CublasStatus.name(code), text, FailurePlace.NOWHERE, false, null);
    }

    /**
     * A failed call of NVML.
     *
     * @param call the function and what it was to do
     * @param code its result, for example 15
     * @param text what the library says about it; empty if it says nothing
     * @return the exception, without rank, op and device
     */
    static CudaException nvml(String call, int code, String text) {
        return new CudaException("NVML", call, code, NvmlStatus.name(code), text, FailurePlace.NOWHERE, false, null);
    }

    /** The same failure at a rank's op on a device; what is known already stays. */
    CudaException at(int atRank, String atOp, String atDevice) {
        return place.isKnown()
                ? this
                : new CudaException(
                        library, call, code, error, text, FailurePlace.of(atRank, atOp, atDevice), lost, this);
    }

    /** The same failure, after which the device is of no use to the backend. */
    CudaException lost() {
        return new CudaException(library, call, code, error, text, place, true, this);
    }

    /** The same failure for another call, which was not tried. */
    CudaException again() {
        return new CudaException(library, call, code, error, text, FailurePlace.NOWHERE, lost, this);
    }

    private static String message(
            String library, String call, int code, String error, String text, FailurePlace place, boolean lost) {
        String what = library + ": " + call + " failed with " + error + " (" + code + ")"
                + (text.isEmpty() ? "" : ": " + text)
                + (lost
                        ? "; the device is lost: close the backend and open it again, in a new process if that fails too"
                        : "");
        return place.say("on ", what);
    }

    /**
     * The library that failed.
     *
     * @return "CUDA driver", "cuBLAS" or "NVML"
     */
    public String library() {
        return library;
    }

    /**
     * The call that failed.
     *
     * @return the function and what it was to do
     */
    public String call() {
        return call;
    }

    /**
     * The status.
     *
     * @return what it means depends on {@link #library()}
     */
    public int code() {
        return code;
    }

    /**
     * The status's name.
     *
     * @return for example {@code CUBLAS_STATUS_NOT_SUPPORTED}
     */
    public String error() {
        return error;
    }

    /**
     * What the library said.
     *
     * @return empty if it said nothing
     */
    public Optional<String> text() {
        return text.isEmpty() ? Optional.empty() : Optional.of(text);
    }

    /**
     * Whether the backend that threw it is of no use any more.
     *
     * @return true if it must be closed
     */
    public boolean isDeviceLost() {
        return lost;
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
     * The device that it ran on.
     *
     * @return in words; empty outside of a run
     */
    public Optional<String> device() {
        return place.on();
    }
}
