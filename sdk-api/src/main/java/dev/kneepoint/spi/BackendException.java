package dev.kneepoint.spi;

/** A backend failed. Subtypes say how. */
public class BackendException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /**
     * A failure.
     *
     * @param message what failed, where, and what would be right
     */
    public BackendException(String message) {
        super(message);
    }

    /**
     * A failure with its cause.
     *
     * @param message what failed, where, and what would be right
     * @param cause the cause
     */
    public BackendException(String message, Throwable cause) {
        super(message, cause);
    }
}
