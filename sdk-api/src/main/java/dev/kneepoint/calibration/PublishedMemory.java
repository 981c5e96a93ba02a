package dev.kneepoint.calibration;

import dev.kneepoint.units.Bytes;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The peak memory of a device that a source prints and a measurements file keeps in its notes, as in {@code peak mem
 * 81.9 GiB}, {@code peak memory printed 41.76 GB} or {@code memory 51GB}. For checking the memory estimate only: no
 * prediction may read it.
 */
final class PublishedMemory {
    /** Without {@code peak} or {@code max} the word must begin a clause, so that a card's own memory is not taken. */
    private static final Pattern PEAK =
            Pattern.compile("(?i:\\b(?:peak|max) mem(?:ory)?(?: printed)?|(?:^|[;,] ?)memory)"
                    + " (\\d{1,6}(?:\\.\\d{1,6})?) ?(Gi?B)\\b(?!/s)");

    private PublishedMemory() {}

    /** Empty if the notes give none, or none above zero. */
    static Optional<Bytes> of(Measurement m) {
        Matcher peak = PEAK.matcher(m.text("notes"));
        if (!peak.find()) {
            return Optional.empty();
        }
        double printed = Double.parseDouble(peak.group(1));
        Bytes bytes = peak.group(2).equals("GiB") ? Bytes.gib(printed) : Bytes.gb(printed);
        return bytes.value() > 0 ? Optional.of(bytes) : Optional.empty();
    }
}
