package dev.kneepoint.backend.engine;

import dev.kneepoint.spi.BackendException;

/** All processes know that a run does not take place: nobody needs to be told. */
final class AgreedException extends BackendException {
    private static final long serialVersionUID = 1L;

    private final BackendException reason;

    AgreedException(BackendException reason) {
        super("agreed", reason);
        this.reason = reason;
    }

    BackendException reason() {
        return reason;
    }
}
