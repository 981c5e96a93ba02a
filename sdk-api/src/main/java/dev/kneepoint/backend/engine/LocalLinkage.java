package dev.kneepoint.backend.engine;

import dev.kneepoint.plan.RankMap;
import dev.kneepoint.spi.BackendException;
import dev.kneepoint.spi.OpSizes;
import dev.kneepoint.strategy.Layout;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Links between ranks that are all in this process: nothing of theirs outlives its threads. */
final class LocalLinkage implements Linkage {
    private final Layout layout;
    private final boolean direct;
    private final LocalFabric fabric;

    LocalLinkage(Layout layout, boolean direct, RunControl control, CollectiveCommands.Staging staging) {
        this.layout = layout;
        this.direct = direct;
        this.fabric = new LocalFabric(control, direct, staging);
    }

    @Override
    public boolean direct() {
        return direct;
    }

    /** {@inheritDoc} A rank's thread needs a map of its own: maps have scratch space. */
    @Override
    public Links of(RankState state, OpSizes sizes) {
        return new LocalLinks(state, sizes, fabric, new RankMap(layout));
    }

    @Override
    public Optional<BackendException> failure() {
        return Optional.empty();
    }

    @Override
    public void abort(@Nullable BackendException why) {}
}
