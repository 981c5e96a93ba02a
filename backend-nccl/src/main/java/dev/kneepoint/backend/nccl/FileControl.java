package dev.kneepoint.backend.nccl;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * What processes that met in a folder tell each other, which is nothing: that one fails or ends is not known to the others,
 * who find out when their collectives take too long.
 */
final class FileControl implements ControlChannel {
    private static final Duration FAREWELL = Duration.ofSeconds(2);

    private final RunFolder folder;
    private final int rank;
    private final int size;
    private final AtomicBoolean closed = new AtomicBoolean();

    FileControl(RunFolder folder, int rank, int size) {
        this.folder = folder;
        this.rank = rank;
        this.size = size;
    }

    @Override
    public Optional<PeerFailure> failure() {
        return Optional.empty();
    }

    @Override
    public boolean hearsOfOthers() {
        return false;
    }

    @Override
    public void failed(PeerFailure failure) {
        // Nobody looks into the folder while the run lasts.
    }

    /** Rank 0 clears the folder, when the others have seen that they may go. */
    @Override
    public void close() {
        if (closed.compareAndSet(false, true) && rank == 0) {
            Polling polling = new Polling(FAREWELL);
            while (someoneIsOnTheWay() && polling.again()) {
                // Looks again.
            }
            folder.deleteAll();
        }
    }

    private boolean someoneIsOnTheWay() {
        for (int other = 1; other < size; other++) {
            if (folder.read(FileWorld.ack(other)).isPresent()) {
                return true;
            }
        }
        return false;
    }
}
