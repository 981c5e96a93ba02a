package dev.kneepoint.backend.nccl;

import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;

/** What the processes hold of one thing that has to be the same everywhere. Confined to one thread. */
final class Agreement {
    /** The most bytes that a hash may have. */
    static final int MOST_BYTES = 64;

    /** The longest label. */
    static final int LONGEST_LABEL = 128;

    /** The longest entry: a label and a hash in hexadecimal digits. */
    static final int LONGEST_ENTRY = LONGEST_LABEL + 1 + 2 * MOST_BYTES;

    private static final int SHOWN = 12;

    private final int size;
    private final SortedMap<Integer, String> held = new TreeMap<>();

    Agreement(int size) {
        this.size = size;
    }

    /** What a process holds, by a text that is the same for the same thing. */
    static String entry(String label, byte[] hash) {
        if (hash.length < 1 || hash.length > MOST_BYTES) {
            throw new IllegalArgumentException("a hash has 1 to " + MOST_BYTES + " bytes, not " + hash.length);
        }
        return WireText.cut(label, LONGEST_LABEL) + " " + HexFormat.of().formatHex(hash);
    }

    void put(int rank, String entry) {
        held.put(rank, entry);
    }

    boolean has(int rank) {
        return held.containsKey(rank);
    }

    boolean isComplete() {
        return held.size() == size;
    }

    /** What is wrong with it; empty if all hold the same. */
    String verdict() {
        Map<String, TreeSet<Integer>> ranks = new LinkedHashMap<>();
        held.forEach((rank, entry) ->
                ranks.computeIfAbsent(entry, e -> new TreeSet<>()).add(rank));
        if (ranks.size() <= 1) {
            return "";
        }
        List<String> parts = ranks.entrySet().stream()
                .map(e -> Roster.ranks(e.getValue()) + ": " + shown(e.getKey()))
                .toList();
        return "the ranks do not hold the same: " + String.join("; ", parts)
                + "; all need the same command and the same version";
    }

    /** Who has not said anything. */
    String missing(String label) {
        TreeSet<Integer> missing = new TreeSet<>();
        for (int rank = 0; rank < size; rank++) {
            if (!held.containsKey(rank)) {
                missing.add(rank);
            }
        }
        return Roster.ranks(missing) + " did not say in time what they hold of " + label;
    }

    private static String shown(String entry) {
        int hash = entry.lastIndexOf(' ') + 1;
        return entry.length() - hash <= SHOWN ? entry : entry.substring(0, hash + SHOWN) + "...";
    }
}
