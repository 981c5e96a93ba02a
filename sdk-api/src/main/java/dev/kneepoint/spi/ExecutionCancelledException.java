package dev.kneepoint.spi;

/** The host cancelled the run. */
public final class ExecutionCancelledException extends BackendException {
    private static final long serialVersionUID = 1L;

    /**
     * A failure.
     *
     * @param message how far it had come
     */
    public ExecutionCancelledException(String message) {
        super(message);
    }
}
