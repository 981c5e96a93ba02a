package dev.kneepoint.backend.engine;

import dev.kneepoint.spi.BackendException;
import dev.kneepoint.spi.OpSizes;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** How the ranks of one run reach each other. Thread-safe. */
interface Linkage {
    /** Makes the linkage of a run. */
    @FunctionalInterface
    interface Factory {
        /** A linkage of ranks under a control, with memory for transfers beside their arrays. */
        Linkage of(RunControl control, CollectiveCommands.Staging staging);
    }

    /** Whether ranks need no chunks of memory beside their arrays. */
    boolean direct();

    /** The links of a rank. */
    Links of(RankState state, OpSizes sizes);

    /** A failure of ranks that are not in this process. */
    Optional<BackendException> failure();

    /**
     * Ends what waits for other ranks, on the devices too.
     *
     * @param why what failed; null if a rank stopped without saying why
     */
    void abort(@Nullable BackendException why);
}
