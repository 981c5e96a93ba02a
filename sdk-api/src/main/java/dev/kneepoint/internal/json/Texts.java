package dev.kneepoint.internal.json;

/** Keeps what a user wrote from filling an error message. */
final class Texts {
    private Texts() {}

    /** The text, cut off with an ellipsis if it is long. */
    static String shortened(String text, int most) {
        return text.length() > most ? text.substring(0, most) + "…" : text;
    }
}
