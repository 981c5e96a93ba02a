package dev.kneepoint.backend.cpu;

import dev.kneepoint.spi.RankFailedException;
import java.util.List;
import java.util.Optional;

/** Makes go wrong what a test asked for on one rank. */
final class RankFaults {
    private static final long FOR_GOOD = Long.MAX_VALUE / 4;

    private final int rank;
    private final List<Fault> faults;
    private final RunControl control;
    private final double slowdown;

    RankFaults(int rank, List<Fault> all, RunControl control) {
        this.rank = rank;
        this.control = control;
        this.faults = all.stream()
                .filter(f -> f.rank() == rank && f.kind() != Fault.Kind.SLOW)
                .toList();
        this.slowdown = slowdown(all, rank);
    }

    /** How many times longer a rank computes. */
    static double slowdown(List<Fault> all, int rank) {
        return all.stream()
                .filter(f -> f.kind() == Fault.Kind.SLOW && f.rank() == rank)
                .mapToDouble(Fault::factor)
                .reduce(1, (a, b) -> a * b);
    }

    /** Fails or stops here if asked to; else what shall go wrong with the op, if anything. */
    Optional<Fault.Kind> at(String op) {
        for (Fault f : faults) {
            if (f.hits(op)) {
                if (f.kind() == Fault.Kind.FAIL) {
                    throw new RankFailedException(rank, op, "failed because cpu.faults asked for it");
                }
                if (f.kind() == Fault.Kind.ABSENT) {
                    control.sleep(FOR_GOOD);
                }
                return Optional.of(f.kind());
            }
        }
        return Optional.empty();
    }

    /** Makes an op that began at {@code start} take longer. */
    void slowDown(long start) {
        if (slowdown > 1) {
            control.sleep((long) ((slowdown - 1) * (System.nanoTime() - start)));
        }
    }
}
