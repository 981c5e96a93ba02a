package dev.kneepoint.spi;

import dev.kneepoint.annotation.Incubating;
import java.util.List;
import java.util.Set;

/**
 * Times the transfers of a backend alone, without a plan around them, as nccl-tests does. Used by one thread at a time, that
 * of the backend.
 *
 * <p>A backend whose ranks live in several processes implements it too: every process makes the same calls with the same
 * arguments in the same order, and every process gets the same answer, refusals and exceptions included, because who calls
 * goes on by what it got. {@link Backend#leads} says which of them prints.
 *
 * @since 0.2
 */
@Incubating
public interface CollectiveBench {
    /**
     * What elements it can have.
     *
     * @return at least one type, those of the first rank's device where devices differ
     */
    Set<ElementType> types();

    /**
     * How it can make one element of those of all ranks.
     *
     * @return at least one operation
     */
    default Set<ReductionOp> reductions() {
        return Set.of(ReductionOp.SUM);
    }

    /**
     * Where ranks run. Nodes and ranks per node are the shape of the group, which times depend on.
     *
     * @param ranks how many, at least 1
     * @return one place per rank, in rank order
     * @throws IllegalArgumentException if ranks are fewer than 1
     * @throws UnsupportedPlanException if it has no room for so many, or has another number of them that is fixed; the limit
     *     is named
     * @throws BackendException if the backend is closed
     */
    List<RankPlace> places(int ranks);

    /**
     * Times one transfer: warms up, starts all ranks at the same time, calls it over and over, each call in order after the
     * one before, and waits for the last one of all ranks. What a check or its preparation takes does not count.
     *
     * @param call what to time
     * @param cancellation asks it to stop
     * @return the time and the number of wrong elements, or why it cannot be timed: {@code Refused} for a type or
     *     a reduction that it has not and for a size that does not fit
     * @throws ExecutionCancelledException if the token was cancelled
     * @throws UnsupportedPlanException if there is no room for so many ranks; the limit is named
     * @throws BackendException if it failed, or the backend is closed
     */
    TransferTiming time(TransferCall call, CancellationToken cancellation);
}
