package dev.kneepoint.calibration;

import dev.kneepoint.metrics.Provenance;
import dev.kneepoint.spi.Backend;
import dev.kneepoint.spi.BackendException;
import dev.kneepoint.spi.Capabilities;
import dev.kneepoint.spi.CollectiveBench;
import dev.kneepoint.spi.ExecutionRequest;
import dev.kneepoint.spi.ExecutionResult;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** A backend that only times transfers, or nothing at all. */
record BenchedBackend(@Nullable CollectiveBench bench) implements Backend {
    @Override
    public Capabilities capabilities() {
        return new Capabilities(Provenance.MEASURED, 8, Set.of(), false, false);
    }

    @Override
    public ExecutionResult execute(ExecutionRequest request) {
        throw new BackendException("runs no plans");
    }

    @Override
    public Optional<CollectiveBench> collectives() {
        return Optional.ofNullable(bench);
    }

    @Override
    public void close() {}
}
