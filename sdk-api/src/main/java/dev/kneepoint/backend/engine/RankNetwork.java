package dev.kneepoint.backend.engine;

import dev.kneepoint.spi.BackendException;
import dev.kneepoint.spi.ReductionOp;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Ranks in several processes, and what moves data between their devices. Processes call {@link #exchange} and {@link #split}
 * in the same order, from one thread each; the rest is thread-safe.
 */
public interface RankNetwork {
    /**
     * Ranks of all processes.
     *
     * @return at least 1
     */
    int size();

    /**
     * Ranks of this process.
     *
     * @return ascending, at least one; the i-th runs on device i
     */
    List<Integer> local();

    /**
     * What it reduces, in what elements, whatever the devices compute in.
     *
     * @return at least sums of single precision
     */
    Reductions reductions();

    /**
     * Reductions that a network has.
     *
     * @param types of elements
     * @param ops how the elements of ranks become one
     */
    record Reductions(Set<DataType> types, Set<ReductionOp> ops) {
        /** Copies the sets. */
        public Reductions {
            types = Set.copyOf(types);
            ops = Set.copyOf(ops);
        }
    }

    /**
     * Gives something to all processes.
     *
     * @param mine this process's contribution
     * @param patient whether the others may be at work for any time, so that only a failure ends the waiting
     * @return that of every process, in the order of their lowest ranks
     * @throws BackendException if another process failed or did not come
     */
    List<byte[]> exchange(byte[] mine, boolean patient);

    /**
     * Makes groups of ranks that work together.
     *
     * @param name tells it from other groups of the same ranks, which may be at work at the same time
     * @param colours by rank: those of one colour are a group; negative for none
     * @return the groups of this process's ranks that have one, by rank; the network keeps them
     * @throws BackendException if another process failed or did not come
     */
    Map<Integer, RankGroup> split(String name, int[] colours);

    /**
     * What failed elsewhere.
     *
     * @return the failure, once it is known
     */
    Optional<BackendException> failure();

    /**
     * Ends everything that ranks of this process wait for, on devices too, and tells the other processes. Later calls do
     * nothing.
     *
     * @param why what failed
     */
    void abort(BackendException why);

    /**
     * Ends the run on all processes because something failed here.
     *
     * @param here what failed
     * @return what failed first, which explains it
     */
    default BackendException end(BackendException here) {
        abort(here);
        BackendException first = failure().orElse(here);
        if (!first.equals(here) && !here.equals(first.getCause())) {
            first.addSuppressed(here);
        }
        return first;
    }
}
