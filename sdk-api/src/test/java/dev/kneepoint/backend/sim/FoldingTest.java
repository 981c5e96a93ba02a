package dev.kneepoint.backend.sim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.kneepoint.metrics.RankTimeline;
import dev.kneepoint.metrics.Span;
import dev.kneepoint.metrics.TimeClass;
import dev.kneepoint.metrics.TimeParts;
import dev.kneepoint.metrics.Timeline;
import dev.kneepoint.plan.PlanCompiler;
import dev.kneepoint.plan.StepPlan;
import dev.kneepoint.testing.RandomConfigurations;
import dev.kneepoint.testing.RandomConfigurations.Configuration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Folding equal layers and micro-batches changes nothing; time is divided without rest. */
class FoldingTest {
    private static final long SEED = 4;
    private static final int RUNS = 150;
    private static final int SPAN_RUNS = 20;
    private static final double TOLERANCE = 1e-9;

    private static Timeline run(StepPlan plan, boolean folds, boolean records) {
        return new StepSimulator(plan, folds, records).run();
    }

    private static void same(TimeParts folded, TimeParts whole, double step, String label) {
        for (TimeClass c : TimeClass.values()) {
            assertThat(folded.of(c)).as("%s of %s", c, label).isCloseTo(whole.of(c), within(TOLERANCE * step));
        }
    }

    @Test
    void foldedAndUnfoldedStepsAgree() {
        RandomConfigurations random = new RandomConfigurations(SEED);
        for (int i = 0; i < RUNS; i++) {
            Configuration c = random.next();
            StepPlan plan = PlanCompiler.compile(c.scenario(), c.layout());
            Timeline folded = run(plan, true, false);
            Timeline whole = run(plan, false, false);
            double step = whole.step().value();
            assertThat(folded.step().value()).as(c.label()).isCloseTo(step, within(TOLERANCE * step));
            same(folded.criticalParts(), whole.criticalParts(), step, c.label());
            for (int rank = 0; rank < whole.ranks().size(); rank++) {
                RankTimeline a = folded.ranks().get(rank);
                RankTimeline b = whole.ranks().get(rank);
                same(a.parts(), b.parts(), step, c.label());
                assertThat(a.busy().compute()).as(c.label()).isCloseTo(b.busy().compute(), within(TOLERANCE * step));
                assertThat(a.busy().communication())
                        .as(c.label())
                        .isCloseTo(b.busy().communication(), within(TOLERANCE * step));
                assertThat(a.busy().byAxis().keySet())
                        .as(c.label())
                        .isEqualTo(b.busy().byAxis().keySet());
            }
        }
    }

    @Test
    void partsAddUpToTheStep() {
        RandomConfigurations random = new RandomConfigurations(SEED + 1);
        for (int i = 0; i < RUNS; i++) {
            Configuration c = random.next();
            Timeline t = run(PlanCompiler.compile(c.scenario(), c.layout()), true, false);
            double step = t.step().value();
            assertThat(t.criticalParts().total()).as(c.label()).isCloseTo(step, within(TOLERANCE * step));
            for (RankTimeline rank : t.ranks()) {
                assertThat(rank.parts().total())
                        .as("%s %s", rank.label(), c.label())
                        .isCloseTo(step, within(TOLERANCE * step));
            }
        }
    }

    @Test
    void spansShowTheSameComputeTimeAsTheTotals() {
        RandomConfigurations random = new RandomConfigurations(SEED + 2);
        int done = 0;
        while (done < SPAN_RUNS) {
            Configuration c = random.next();
            int slots = c.layout().microBatches()
                    * c.layout().chunkLayers().stream().mapToInt(i -> i).sum();
            if (slots > 400) {
                continue;
            }
            done++;
            StepPlan plan = PlanCompiler.compile(c.scenario(), c.layout());
            Timeline folded = run(plan, true, false);
            Timeline recorded = run(plan, true, true);
            double step = folded.step().value();
            assertThat(recorded.step().value()).as(c.label()).isCloseTo(step, within(TOLERANCE * step));
            for (int rank = 0; rank < folded.ranks().size(); rank++) {
                TimeParts parts = folded.ranks().get(rank).parts();
                double seconds = seconds(recorded.ranks().get(rank).spans());
                assertThat(seconds)
                        .as(c.label())
                        .isCloseTo(parts.compute() + parts.straggler(), within(TOLERANCE * step));
            }
        }
    }

    /** Kernels of a rank share one stream, so their spans must not overlap. */
    private static double seconds(List<Span> spans) {
        List<Span> kernels =
                new ArrayList<>(spans.stream().filter(Span::compute).toList());
        long sum = 0;
        long end = 0;
        for (Span s : kernels) {
            assertThat(s.startPicos()).as(s.name()).isGreaterThanOrEqualTo(end);
            end = s.endPicos();
            sum += s.endPicos() - s.startPicos();
        }
        return sum / 1e12;
    }
}
