package dev.kneepoint.study;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;

/**
 * Layouts of which none is as good as another in step time, memory and energy, and better in one of them. Where layouts
 * are equal in all three, the first by name stays, so that what is left does not depend on the order in which they came.
 * Thread-safe; readers do not wait.
 */
final class ParetoArchive {
    private static final Comparator<FoundLayout> BY_TIME = SearchObjective.THROUGHPUT.order();

    private volatile Members members = new Members(List.of());

    /** Members by ascending step time, their figures in arrays, since every layout is compared with them. */
    private static final class Members {
        final List<FoundLayout> layouts;
        final double[] seconds;
        final double[] bytes;
        final double[] joules;

        Members(List<FoundLayout> layouts) {
            this.layouts = layouts;
            seconds = layouts.stream().mapToDouble(FoundLayout::seconds).toArray();
            bytes = layouts.stream().mapToDouble(FoundLayout::memoryBytes).toArray();
            joules = layouts.stream().mapToDouble(ParetoArchive::joules).toArray();
        }
    }

    private static double joules(FoundLayout f) {
        return f.joulesPerToken().orElseThrow();
    }

    /**
     * Whether a member is as good in everything and better in something.
     *
     * @param seconds a step time that the layout does not undercut
     * @param bytes its memory
     * @param joules an energy per token that it does not undercut
     */
    boolean beats(double seconds, double bytes, double joules) {
        Members m = members;
        for (int i = 0; i < m.seconds.length && m.seconds[i] <= seconds; i++) {
            if (m.bytes[i] <= bytes
                    && m.joules[i] <= joules
                    && (m.seconds[i] < seconds || m.bytes[i] < bytes || m.joules[i] < joules)) {
                return true;
            }
        }
        return false;
    }

    /** Takes a layout whose energy is known, unless a member is at least as good. */
    synchronized void add(FoundLayout found) {
        List<FoundLayout> kept = new ArrayList<>(members.layouts.size() + 1);
        for (FoundLayout member : members.layouts) {
            if (replaces(member, found)) {
                return;
            }
            if (!replaces(found, member)) {
                kept.add(member);
            }
        }
        int at = -1 - Arrays.binarySearch(kept.toArray(FoundLayout[]::new), found, BY_TIME);
        kept.add(at, found);
        members = new Members(List.copyOf(kept));
    }

    private static boolean replaces(FoundLayout a, FoundLayout b) {
        boolean asGood = a.seconds() <= b.seconds() && a.memoryBytes() <= b.memoryBytes() && joules(a) <= joules(b);
        boolean equal = a.seconds() == b.seconds() && a.memoryBytes() == b.memoryBytes() && joules(a) == joules(b);
        return asGood && (!equal || BY_TIME.compare(a, b) < 0);
    }

    /** The members, the quickest first. */
    List<FoundLayout> members() {
        return members.layouts;
    }
}
