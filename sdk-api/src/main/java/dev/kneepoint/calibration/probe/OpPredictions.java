package dev.kneepoint.calibration.probe;

import dev.kneepoint.cost.OpCost;
import dev.kneepoint.plan.GroupKind;
import dev.kneepoint.plan.Op;
import dev.kneepoint.plan.StepPlan;
import dev.kneepoint.profile.MachineProfile;
import dev.kneepoint.profile.ProbedTimes;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** What a profile says of single ops, by the same costs that every prediction uses. */
final class OpPredictions {
    private static final int HEADS = 4;

    private final ProbePlans plans;
    private final ProbedTimes times;
    private final Map<String, OpCost> costs = new HashMap<>();

    OpPredictions(MachineProfile machine) {
        this.plans = new ProbePlans(machine);
        this.times = machine.hardware().device().probed().orElseThrow();
    }

    List<ProbeResidual> residuals(List<ProbeSample> samples) {
        return samples.stream()
                .map(s -> new ProbeResidual(s.kind(), s.label(), s.ranks(), s.seconds(), seconds(s)))
                .toList();
    }

    /** Times of ops whose group is all of so many ranks. */
    SystemProbes.Timing alone(int ranks) {
        return op -> seconds(new ProbeSample(op, ranks, 1, 0));
    }

    private double seconds(ProbeSample s) {
        boolean tensor = s.op() instanceof Op.Collective c && c.group() == GroupKind.TENSOR;
        String strategy = tensor ? ProbePlans.tensor(s.ranks()) : "ddp";
        double gap = times.gapSeconds(s.ranks());
        OpCost cost = costs.computeIfAbsent(strategy + s.ranks(), key -> cost(strategy, s.ranks()));
        return switch (s.op()) {
            case Op.Matmul m -> cost.matmul(m.rows(), m.columns(), m.inner(), m.count(), false) - gap;
            case Op.Attention a ->
                cost.attention(a.sequences(), a.queries(), a.length(), a.span(), a.heads(), a.headSize(), a.backward())
                        - gap;
            case Op.MemoryBound m -> cost.memory(m.kind(), m.bytes()) - gap;
            case Op.OptimizerStep o -> cost.optimizer(o.bytes()) - gap;
            case Op.Collective c -> cost.collective(c.kind(), c.group(), c.bytes(), c.calls());
            case Op.SendReceive t -> cost.transfer(t.bytes());
        };
    }

    private OpCost cost(String strategy, int ranks) {
        StepPlan template = plans.template(ProbeSet.model(128, ranks * HEADS, 32, 512 * ranks), strategy, ranks, 1);
        OpCost cost = new OpCost(template.scenario());
        cost.layout(template.layout());
        return cost;
    }
}
