package dev.kneepoint.internal.json;

import java.util.Collection;
import java.util.Comparator;
import java.util.Locale;
import java.util.Optional;

/** Finds the name that somebody probably meant. */
public final class Suggest {
    private Suggest() {}

    /**
     * The nearest known name.
     *
     * @param wrong what was written
     * @param known what there is
     * @return the nearest by edit distance, if it is near at all
     */
    public static Optional<String> near(String wrong, Collection<String> known) {
        String low = wrong.toLowerCase(Locale.ROOT);
        int limit = wrong.length() < 3 ? wrong.length() - 1 : Math.max(2, wrong.length() / 3);
        return known.stream()
                .filter(k -> isNear(low, k.toLowerCase(Locale.ROOT), limit))
                .min(Comparator.comparingInt((String k) -> distance(low, k.toLowerCase(Locale.ROOT)))
                        .thenComparing(Comparator.naturalOrder()));
    }

    private static boolean isNear(String a, String b, int limit) {
        return (Math.abs(a.length() - b.length()) <= limit && distance(a, b) <= limit)
                || (a.length() >= 3 && b.startsWith(a));
    }

    private static int distance(String a, String b) {
        int[] row = new int[b.length() + 1];
        for (int j = 0; j <= b.length(); j++) {
            row[j] = j;
        }
        for (int i = 1; i <= a.length(); i++) {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= b.length(); j++) {
                int above = row[j];
                int change = diagonal + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
                row[j] = Math.min(change, 1 + Math.min(above, row[j - 1]));
                diagonal = above;
            }
        }
        return row[b.length()];
    }
}
