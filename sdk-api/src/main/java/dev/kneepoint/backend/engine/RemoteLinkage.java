package dev.kneepoint.backend.engine;

import dev.kneepoint.plan.RankMap;
import dev.kneepoint.spi.BackendException;
import dev.kneepoint.spi.OpSizes;
import dev.kneepoint.strategy.Layout;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Links between ranks of which some are in other processes. */
final class RemoteLinkage implements Linkage {
    private final Layout layout;
    private final RankNetwork network;
    private final Map<String, Map<Integer, RankGroup>> groups;

    /**
     * The linkage of a run.
     *
     * @param groups by name, in the order of {@link RankSplits}; then by rank
     */
    RemoteLinkage(Layout layout, RankNetwork network, Map<String, Map<Integer, RankGroup>> groups) {
        this.layout = layout;
        this.network = network;
        this.groups = groups;
    }

    @Override
    public boolean direct() {
        return true;
    }

    @Override
    public Links of(RankState state, OpSizes sizes) {
        Map<String, RankGroup> own = new LinkedHashMap<>();
        groups.forEach((name, byRank) -> {
            RankGroup group = byRank.get(state.rank);
            if (group != null) {
                own.put(name, group);
            }
        });
        int stage = new RankMap(layout).stage(state.rank);
        return new RemoteLinks(state, sizes, stage, layout.strategy().pipeline(), own);
    }

    @Override
    public Optional<BackendException> failure() {
        return network.failure();
    }

    @Override
    public void abort(@Nullable BackendException why) {
        network.abort(why == null ? new BackendException("a rank stopped") : why);
    }
}
