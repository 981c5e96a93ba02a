package dev.kneepoint.internal.json;

/** A JSON input is not what it should be; the message names file, line and field. */
public final class JsonInputException extends IllegalArgumentException {
    private static final long serialVersionUID = 1L;

    JsonInputException(String message) {
        super(message);
    }

    JsonInputException(String message, Throwable cause) {
        super(message, cause);
    }
}
