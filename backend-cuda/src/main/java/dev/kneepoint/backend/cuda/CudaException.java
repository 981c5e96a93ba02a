package dev.kneepoint.backend.cuda;

import dev.kneepoint.spi.BackendException;
import java.util.Optional;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/** A call of the CUDA driver, cuBLAS or NVML failed. */
public final class CudaException extends BackendException {
    private static final long serialVersionUID = 1L;
    private static final int NO_RANK = -1;

    private final String library;
    private final String call;
    private final int code;
    private final String error;
    private final String text;
    private final int rank;
    private final String op;
    private final String device;
    private final boolean lost;

    private CudaException(
            String library,
            String call,
            int code,
            String error,
            String text,
            int rank,
            String op,
            String device,
            boolean lost,
            @Nullable Throwable cause) {
        super(message(library, call, code, error, text, rank, op, device, lost));
        this.library = library;
        this.call = call;
        this.code = code;
        this.error = error;
        this.text = text;
        this.rank = rank;
        this.op = op;
        this.device = device;
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
        return new CudaException("CUDA driver", call, code, error, text, NO_RANK, "", "", false, null);
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
        return new CudaException("cuBLAS", call, code, CublasStatus.name(code), text, NO_RANK, "", "", false, null);
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
        return new CudaException("NVML", call, code, NvmlStatus.name(code), text, NO_RANK, "", "", false, null);
    }

    /** The same failure at a rank's op on a device; what is known already stays. */
    CudaException at(int atRank, String atOp, String atDevice) {
        return rank == NO_RANK
                ? new CudaException(library, call, code, error, text, atRank, atOp, atDevice, lost, this)
                : this;
    }

    /** The same failure, after which the device is of no use to the backend. */
    CudaException lost() {
        return new CudaException(library, call, code, error, text, rank, op, device, true, this);
    }

    /** The same failure for another call, which was not tried. */
    CudaException again() {
        return new CudaException(library, call, code, error, text, NO_RANK, "", "", lost, this);
    }

    private static String message(
            String library,
            String call,
            int code,
            String error,
            String text,
            int rank,
            String op,
            String device,
            boolean lost) {
        String where = rank == NO_RANK
                ? ""
                : "rank " + rank + ", " + (op.isEmpty() ? "between ops" : "op '" + op + "'")
                        + (device.isEmpty() ? "" : ", on " + device) + ": ";
        return where + library + ": " + call + " failed with " + error + " (" + code + ")"
                + (text.isEmpty() ? "" : ": " + text)
                + (lost
                        ? "; the device is lost: close the backend and open it again, in a new process if that fails too"
                        : "");
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
     * The device that it ran on.
     *
     * @return in words; empty outside of a run
     */
    public Optional<String> device() {
        return device.isEmpty() ? Optional.empty() : Optional.of(device);
    }
}
