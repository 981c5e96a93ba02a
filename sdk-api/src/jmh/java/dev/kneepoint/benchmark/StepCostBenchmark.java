package dev.kneepoint.benchmark;

import dev.kneepoint.cost.StepCost;
import dev.kneepoint.testing.RandomConfigurations;
import dev.kneepoint.testing.RandomConfigurations.Configuration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/** Closed-form step time of one layout, mean over 100 random configurations. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
public class StepCostBenchmark {
    private static final int CONFIGURATIONS = 100;
    private static final int MOST_STAGES = 16;

    /** {@code none}: without pipeline stages; {@code pipeline}: with 2 to 16 of them; {@code all}: as they come. */
    @Param({"none", "pipeline", "all"})
    public String stages = "all";

    private final List<StepCost> costs = new ArrayList<>();
    private final List<Configuration> configurations = new ArrayList<>();

    /** Draws the configurations. */
    @Setup
    public void draw() {
        RandomConfigurations random = new RandomConfigurations(1);
        while (configurations.size() < CONFIGURATIONS) {
            Configuration c = random.next();
            int p = c.layout().strategy().pipeline();
            boolean wanted = stages.equals("all") || stages.equals("none") == (p == 1);
            if (wanted && p <= MOST_STAGES) {
                configurations.add(c);
                costs.add(new StepCost(c.scenario()));
            }
        }
    }

    /**
     * All of them.
     *
     * @return the sum of the step times
     */
    @Benchmark
    @OperationsPerInvocation(CONFIGURATIONS)
    public double seconds() {
        double sum = 0;
        for (int i = 0; i < CONFIGURATIONS; i++) {
            sum += costs.get(i).seconds(configurations.get(i).layout());
        }
        return sum;
    }
}
