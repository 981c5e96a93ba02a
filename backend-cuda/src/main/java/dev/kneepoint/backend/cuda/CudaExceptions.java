package dev.kneepoint.backend.cuda;

import java.util.Optional;

/** Failures of steps that are all taken, as when several things are given back. Confined. */
final class CudaExceptions {
    private Optional<CudaException> first = Optional.empty();

    void run(Runnable step) {
        try {
            step.run();
        } catch (CudaException e) {
            first.ifPresentOrElse(f -> f.addSuppressed(e), () -> first = Optional.of(e));
        }
    }

    /**
     * Ends the steps.
     *
     * @throws CudaException of the first that failed; the others are suppressed in it
     */
    void throwFirst() {
        if (first.isPresent()) {
            throw first.get();
        }
    }
}
