package dev.kneepoint.backend.nccl;

import java.util.Optional;

/**
 * What the processes of a run tell each other while it lasts. Thread-safe. A process that ends without closing its own has
 * failed, and all others know at once; so have they when one of them says so.
 */
sealed interface ControlChannel extends AutoCloseable permits AloneChannel, FileControl, Hub, Spoke {
    /**
     * What failed at another process, as cheap as reading a field.
     *
     * @return empty as long as nothing is known to have failed
     */
    Optional<PeerFailure> failure();

    /**
     * Tells all others that this process has failed. The first failure of a run is the one that all hear of.
     *
     * @param failure what failed here
     */
    void failed(PeerFailure failure);

    /** Whether {@link #failure()} comes to know of others, also of those that can say nothing any more. */
    default boolean hearsOfOthers() {
        return true;
    }

    /** Leaves in good order, which is no failure. Later calls do nothing. */
    @Override
    void close();
}
