package dev.kneepoint.spi;

/** The backend cannot run the plan; nothing was started. */
public final class UnsupportedPlanException extends BackendException {
    private static final long serialVersionUID = 1L;

    /**
     * A failure.
     *
     * @param message the op or limit that stands against it, and the nearest plan that would run
     */
    public UnsupportedPlanException(String message) {
        super(message);
    }
}
