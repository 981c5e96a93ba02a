package dev.kneepoint.samples.report;

/** Text that is safe in HTML. */
final class Html {
    private Html() {}

    /** Escapes text for element content and quoted attributes. */
    static String text(String raw) {
        return raw.replace("&", "&amp;")
                .replace("<", "&lt;")
                .replace(">", "&gt;")
                .replace("\"", "&quot;")
                .replace("'", "&#39;")
                .replace("{{", "{&#8203;{");
    }
}
