package dev.kneepoint.backend.sim;

import dev.kneepoint.cost.OpCost;
import dev.kneepoint.plan.Op;
import dev.kneepoint.plan.PlanCompiler;
import dev.kneepoint.plan.StreamKind;
import dev.kneepoint.testing.RandomConfigurations.Configuration;
import java.util.EnumSet;
import java.util.Set;
import java.util.stream.Stream;

/** Which configurations have transfers of two streams on the same links: those contend whatever the constants are. */
final class SharedLinks {
    private SharedLinks() {}

    static boolean in(Configuration c) {
        OpCost cost = new OpCost(c.scenario());
        cost.layout(c.layout());
        Set<StreamKind> onNetwork = EnumSet.noneOf(StreamKind.class);
        Set<StreamKind> onScaleUp = EnumSet.noneOf(StreamKind.class);
        collectives(c)
                .filter(x -> cost.collective(x.kind(), x.group(), x.bytes(), x.calls()) > 0)
                .forEach(x -> (cost.crossesDomains(x.group()) ? onNetwork : onScaleUp).add(x.stream()));
        return onNetwork.size() > 1 || onScaleUp.size() > 1;
    }

    private static Stream<Op.Collective> collectives(Configuration c) {
        return PlanCompiler.compile(c.scenario(), c.layout()).programs().stream()
                .flatMap(program -> program.segments().stream())
                .flatMap(segment -> segment.blocks().stream())
                .flatMap(block -> block.ops().stream())
                .filter(Op.Collective.class::isInstance)
                .map(Op.Collective.class::cast);
    }
}
