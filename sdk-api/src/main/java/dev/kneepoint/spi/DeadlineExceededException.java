package dev.kneepoint.spi;

/** The deadline passed before the run ended. */
public final class DeadlineExceededException extends BackendException {
    private static final long serialVersionUID = 1L;

    /**
     * A failure.
     *
     * @param message the deadline and how far it had come
     */
    public DeadlineExceededException(String message) {
        super(message);
    }
}
