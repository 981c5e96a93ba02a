package dev.kneepoint.backend.nccl;

import java.util.Optional;

/** The channel of a run of one process. */
final class AloneChannel implements ControlChannel {
    @Override
    public Optional<PeerFailure> failure() {
        return Optional.empty();
    }

    @Override
    public void failed(PeerFailure failure) {
        // There is nobody to tell.
    }

    @Override
    public void close() {
        // There is nothing to leave.
    }
}
