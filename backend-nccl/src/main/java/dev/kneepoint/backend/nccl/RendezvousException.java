package dev.kneepoint.backend.nccl;

import dev.kneepoint.spi.BackendException;

/** The processes of a run did not find each other, or do not fit together. */
public final class RendezvousException extends BackendException {
    private static final long serialVersionUID = 1L;

    /**
     * A failure.
     *
     * @param message who is there, who is not or differs, and what would be right
     */
    RendezvousException(String message) {
        super(message);
    }

    /**
     * A failure with its cause.
     *
     * @param message who is there, who is not or differs, and what would be right
     * @param cause the cause
     */
    RendezvousException(String message, Throwable cause) {
        super(message, cause);
    }
}
