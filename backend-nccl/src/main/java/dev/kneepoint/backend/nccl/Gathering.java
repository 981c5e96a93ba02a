package dev.kneepoint.backend.nccl;

import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/** Who of a run has come to rank 0, and whether a newcomer fits. Confined to one thread. */
final class Gathering {
    private final Hello first;
    private final SortedMap<Integer, Hello> there = new TreeMap<>();

    Gathering(Hello first) {
        this.first = first;
        there.put(first.rank(), first);
    }

    /** Whether a newcomer belongs to another run. */
    Optional<String> stranger(Hello hello) {
        return hello.runId().equals(first.runId())
                ? Optional.empty()
                : Optional.of("rank 0 (" + first.where() + ") is of run '" + first.runId() + "', " + hello.who()
                        + " of run '" + hello.runId() + "'; give both the same nccl.run-id if they belong together");
    }

    /** Why a newcomer of this run makes the run impossible; empty if it does not. */
    Optional<String> misfit(Hello hello) {
        if (hello.size() != first.size()) {
            return Optional.of(hello.who() + " was started as one of " + hello.size() + " processes, " + first.who()
                    + " as one of " + first.size() + "; all need the same number");
        }
        if (!hello.version().equals(first.version())) {
            return Optional.of(hello.who() + " runs Kneepoint " + hello.version() + ", " + first.who() + " "
                    + first.version() + "; all need the same version");
        }
        if (hello.rank() < 0 || hello.rank() >= hello.size()) {
            return Optional.of(hello.who() + " has no number from 0 to " + (hello.size() - 1));
        }
        Hello other = there.get(hello.rank());
        if (other != null && !other.instance().equals(hello.instance())) {
            return Optional.of("two processes have rank " + hello.rank() + ": " + other.where() + " and "
                    + hello.where() + "; each needs a number of its own");
        }
        return Optional.empty();
    }

    void add(Hello hello) {
        there.put(hello.rank(), hello);
    }

    /** What was taken for this rank was not it. */
    void remove(int rank) {
        there.remove(rank);
    }

    /** All that have come, by rank. */
    SortedMap<Integer, Hello> there() {
        return there;
    }

    boolean isComplete() {
        return there.size() == first.size();
    }

    /** Who has come and who has not. */
    String roster() {
        return Roster.text(there, first.size());
    }
}
