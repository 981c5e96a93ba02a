package dev.kneepoint.study;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** What one thread of a search has found so far, in bounded memory. Thread-confined. */
final class SearchTally {
    private static final Comparator<FoundLayout> SMALLEST =
            Comparator.comparingDouble(FoundLayout::memoryBytes).thenComparing(SearchObjective.MEMORY.order());

    private final int wanted;
    private final SearchObjective objective;
    private final boolean byMemory;
    private final Comparator<FoundLayout> order;
    private final PriorityQueue<FoundLayout> best;
    /** By memory; each is quicker than all before it. */
    private final TreeMap<Double, FoundLayout> front = new TreeMap<>();

    private double quickest = Double.POSITIVE_INFINITY;
    private @Nullable FoundLayout smallest;
    private long evaluated;
    private long pruned;
    private long unfit;

    SearchTally(SearchObjective objective, int wanted) {
        this.wanted = wanted;
        this.objective = objective;
        this.byMemory = objective == SearchObjective.MEMORY;
        this.order = objective.order();
        this.best = new PriorityQueue<>(order.reversed());
    }

    void evaluated(boolean fits) {
        evaluated++;
        unfit += fits ? 0 : 1;
    }

    void pruned(long layouts) {
        pruned += layouts;
    }

    void unfit() {
        unfit++;
    }

    /** The worst value of the objective that still is among the best. */
    double worst() {
        FoundLayout last = best.size() < wanted ? null : best.peek();
        return last == null ? Double.POSITIVE_INFINITY : objective.value(last);
    }

    /** The shortest step so far. */
    double quickest() {
        return quickest;
    }

    /** Whether a layout of so much memory is the smallest so far. */
    boolean isSmallest(double bytes) {
        return smallest == null || bytes <= smallest.memoryBytes();
    }

    void smallest(FoundLayout found) {
        if (smallest == null || SMALLEST.compare(found, smallest) < 0) {
            smallest = found;
        }
    }

    /** Whether a layout that fits would change anything. */
    boolean wants(double seconds, double bytes) {
        if ((byMemory ? bytes : seconds) <= worst()) {
            return true;
        }
        if (seconds > quickest * SearchResult.FRONT) {
            return false;
        }
        Map.Entry<Double, FoundLayout> below = front.floorEntry(bytes);
        return below == null || below.getValue().seconds() >= seconds;
    }

    /** Whether no layout of so much memory changes anything that takes at least so long. */
    boolean beats(double leastSeconds, double bytes) {
        if (byMemory || leastSeconds <= worst()) {
            return false;
        }
        return isBehindFront(leastSeconds, bytes);
    }

    /** Whether a layout that takes no more memory is quicker. */
    boolean isBehindFront(double leastSeconds, double bytes) {
        Map.Entry<Double, FoundLayout> below = front.floorEntry(bytes);
        return below != null && below.getValue().seconds() < leastSeconds;
    }

    /** Takes a layout that fits. */
    void add(FoundLayout found) {
        quickest = Math.min(quickest, found.seconds());
        best.add(found);
        if (best.size() > wanted) {
            best.poll();
        }
        Map.Entry<Double, FoundLayout> below = front.floorEntry(found.memoryBytes());
        if (below != null && dominates(below.getValue(), found)) {
            return;
        }
        Map.Entry<Double, FoundLayout> above = front.ceilingEntry(found.memoryBytes());
        while (above != null && dominates(found, above.getValue())) {
            front.remove(above.getKey());
            above = front.ceilingEntry(found.memoryBytes());
        }
        front.put(found.memoryBytes(), found);
    }

    private static boolean dominates(FoundLayout a, FoundLayout b) {
        boolean asGood = a.seconds() <= b.seconds() && a.memoryBytes() <= b.memoryBytes();
        boolean equal = a.seconds() == b.seconds() && a.memoryBytes() == b.memoryBytes();
        return asGood && (!equal || SearchObjective.THROUGHPUT.order().compare(a, b) < 0);
    }

    /** Adds what another thread found. */
    void merge(SearchTally other) {
        evaluated += other.evaluated;
        pruned += other.pruned;
        unfit += other.unfit;
        if (other.smallest != null) {
            smallest(other.smallest);
        }
        List<FoundLayout> found = new ArrayList<>(other.best);
        found.addAll(other.front.values());
        for (FoundLayout f : found) {
            if (!best.contains(f)) {
                add(f);
            }
        }
    }

    List<FoundLayout> best() {
        return best.stream().sorted(order).toList();
    }

    List<FoundLayout> front() {
        return front.values().stream()
                .filter(f -> f.seconds() <= quickest * SearchResult.FRONT)
                .sorted(SearchObjective.THROUGHPUT.order())
                .toList();
    }

    @Nullable
    FoundLayout smallest() {
        return smallest;
    }

    long evaluated() {
        return evaluated;
    }

    long pruned() {
        return pruned;
    }

    long unfitSeen() {
        return unfit;
    }
}
