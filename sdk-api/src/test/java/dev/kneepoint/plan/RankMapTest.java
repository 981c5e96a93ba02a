package dev.kneepoint.plan;

import static org.assertj.core.api.Assertions.assertThat;

import dev.kneepoint.strategy.Layout;
import dev.kneepoint.testing.RandomConfigurations;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class RankMapTest {
    /** Every rank is in exactly one group of each kind, and its members agree on the group. */
    @Test
    void groupsPartitionTheRanks() {
        RandomConfigurations random = new RandomConfigurations(20261124);
        GroupShapes shapes = new GroupShapes();
        int checked = 0;
        while (checked < 150) {
            RandomConfigurations.Configuration c = random.next();
            Layout layout = c.layout();
            if (layout.devices() > 256) {
                continue;
            }
            checked++;
            RankMap map = new RankMap(layout);
            shapes.set(layout, layout.devices());
            for (GroupKind kind : GroupKind.values()) {
                for (int rank = 0; rank < layout.devices(); rank++) {
                    List<Integer> group = map.group(kind, rank);
                    int stage = map.stage(rank);
                    boolean inside = kind != GroupKind.EMBEDDING
                            || stage == 0
                            || stage == layout.strategy().pipeline() - 1;
                    String where = c.label() + " " + kind + " of rank " + rank;
                    assertThat(group).as(where).hasSize(shapes.size(kind)).doesNotHaveDuplicates();
                    if (inside) {
                        assertThat(group).as(where).contains(rank);
                        assertThat(map.group(kind, group.getFirst())).as(where).isEqualTo(group);
                    }
                }
                List<Integer> first = new ArrayList<>();
                Arrays.stream(shapes.ranks(kind)).forEach(first::add);
                assertThat(map.group(kind, 0)).as(c.label() + " " + kind).isEqualTo(first);
            }
        }
    }

    @Test
    void peersStandInTheirStage() {
        RandomConfigurations random = new RandomConfigurations(3);
        for (int i = 0; i < 200; i++) {
            Layout layout = random.next().layout();
            RankMap map = new RankMap(layout);
            int stages = layout.strategy().pipeline();
            for (int rank = 0; rank < layout.devices(); rank += 1 + layout.devices() / 17) {
                for (int stage = 0; stage < stages; stage++) {
                    int peer = map.peer(rank, stage);
                    assertThat(map.stage(peer)).isEqualTo(stage);
                    assertThat(map.peer(peer, map.stage(rank))).isEqualTo(rank);
                }
            }
        }
    }
}
