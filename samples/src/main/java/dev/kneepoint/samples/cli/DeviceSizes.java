package dev.kneepoint.samples.cli;

import com.google.common.base.Splitter;
import java.util.ArrayList;
import java.util.List;

/** Sizes as the command line writes them: {@code 8..4096} for doublings, {@code 8,24,64} for a list. */
final class DeviceSizes {
    private static final String RANGE = "..";

    private DeviceSizes() {}

    static List<Integer> parse(String text) {
        List<Integer> sizes = new ArrayList<>();
        for (String part : Splitter.on(',').trimResults().split(text)) {
            int dots = part.indexOf(RANGE);
            if (dots < 0) {
                sizes.add(size(part, text));
                continue;
            }
            int from = size(part.substring(0, dots).strip(), text);
            int to = size(part.substring(dots + RANGE.length()).strip(), text);
            if (from > to) {
                throw wrong(text);
            }
            for (long n = from; n <= to; n *= 2) {
                sizes.add((int) n);
            }
        }
        return sizes.stream().sorted().distinct().toList();
    }

    private static int size(String part, String text) {
        try {
            int n = Integer.parseInt(part);
            if (n >= 1) {
                return n;
            }
        } catch (NumberFormatException e) {
            throw wrong(text);
        }
        throw wrong(text);
    }

    private static IllegalArgumentException wrong(String text) {
        return new IllegalArgumentException(
                "--devices takes doublings such as 8..4096 or a list such as 8,24,64, not '" + text + "'");
    }
}
