package dev.kneepoint.plan;

import dev.kneepoint.annotation.Incubating;
import dev.kneepoint.strategy.Axis;
import dev.kneepoint.strategy.Layout;
import java.util.List;

/**
 * Where every rank of a layout stands: its pipeline stage, and the members of its process groups. Immutable but for
 * scratch space; thread-confined.
 */
@Incubating
public final class RankMap {
    private final Layout layout;
    private final GroupShapes shapes = new GroupShapes();
    private final int pipelineStride;

    /**
     * The map of a layout.
     *
     * @param layout the layout
     */
    public RankMap(Layout layout) {
        this.layout = layout;
        this.pipelineStride = GroupShapes.stride(layout, Axis.PIPELINE);
        shapes.set(layout, layout.devices());
    }

    /**
     * Pipeline stage of a rank.
     *
     * @param rank 0 to devices - 1
     * @return 0 to pipeline - 1
     */
    public int stage(int rank) {
        return rank / pipelineStride % layout.strategy().pipeline();
    }

    /**
     * The rank that stands where {@code rank} does, in another pipeline stage.
     *
     * @param rank 0 to devices - 1
     * @param stage 0 to pipeline - 1
     * @return its number
     */
    public int peer(int rank, int stage) {
        return rank + (stage - stage(rank)) * pipelineStride;
    }

    /**
     * A chunk of layers of a rank.
     *
     * @param rank the rank
     * @param chunk its local chunk, 0 to virtual stages - 1
     */
    public record Chunk(int rank, int chunk) {}

    /**
     * The chunk that comes after a chunk in model order, or before it: where a rank's messages go.
     *
     * @param rank 0 to devices - 1
     * @param chunk a local chunk of the rank
     * @param towardsLast whether messages travel towards the last stage
     * @return the receiving chunk
     */
    public Chunk beyond(int rank, int chunk, boolean towardsLast) {
        int stages = layout.strategy().pipeline();
        int global = chunk * stages + stage(rank) + (towardsLast ? 1 : -1);
        return new Chunk(peer(rank, Math.floorMod(global, stages)), Math.floorDiv(global, stages));
    }

    /**
     * The rank that a rank's messages come from.
     *
     * @param rank 0 to devices - 1
     * @param towardsLast whether messages travel towards the last stage
     * @return the sending rank
     */
    public int sender(int rank, boolean towardsLast) {
        int stages = layout.strategy().pipeline();
        return peer(rank, Math.floorMod(stage(rank) + (towardsLast ? -1 : 1), stages));
    }

    /**
     * The group of a kind that a rank belongs to.
     *
     * @param kind the group
     * @param rank 0 to devices - 1
     * @return ascending rank numbers, the rank itself among them; of {@link GroupKind#EMBEDDING}, the first and last
     *     stage's
     */
    public List<Integer> group(GroupKind kind, int rank) {
        return shapes.ranks(kind, rank);
    }
}
