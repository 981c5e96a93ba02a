package dev.kneepoint.cost;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import dev.kneepoint.testing.RandomConfigurations;
import dev.kneepoint.testing.RandomConfigurations.Configuration;
import java.lang.management.ManagementFactory;
import org.junit.jupiter.api.Test;

/** A warm {@link StepCost} allocates nothing, so that studies can evaluate millions of layouts. */
class StepCostAllocationTest {
    private static final long SEED = 77;
    private static final int CONFIGURATIONS = 60;
    private static final int CALLS = 50;
    private static final double ALLOWED_BYTES_PER_CALL = 8;

    @Test
    void allocatesNothingOnceWarm() {
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long thread = Thread.currentThread().threadId();
        RandomConfigurations random = new RandomConfigurations(SEED);
        for (int i = 0; i < CONFIGURATIONS; i++) {
            Configuration c = random.next();
            StepCost cost = new StepCost(c.scenario());
            double sum = calls(cost, c, CALLS);
            threads.getThreadAllocatedBytes(thread);
            long before = threads.getThreadAllocatedBytes(thread);
            sum -= calls(cost, c, CALLS);
            long after = threads.getThreadAllocatedBytes(thread);
            assertThat((after - before) / (double) CALLS).as(c.label()).isLessThanOrEqualTo(ALLOWED_BYTES_PER_CALL);
            assertThat(sum).as(c.label()).isZero();
        }
    }

    private static double calls(StepCost cost, Configuration c, int count) {
        double sum = 0;
        for (int i = 0; i < count; i++) {
            sum += cost.seconds(c.layout()) + cost.memoryBytes(c.layout());
        }
        return sum;
    }
}
