package dev.kneepoint.internal.fit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Random;
import org.junit.jupiter.api.Test;

class BoundedFitTest {
    private static final long SEED = 5;

    @Test
    void minimise_aLineWithOutliers_findsTheLine() {
        Random random = new Random(SEED);
        double[] x = random.doubles(60).toArray();
        double[] y = new double[x.length];
        for (int i = 0; i < x.length; i++) {
            y[i] = 0.3 + 0.5 * x[i] + (i % 10 == 0 ? 1 : 0);
        }
        double[] found = BoundedFit.minimise(new double[] {0.9, 0.9}, new double[] {0, 0}, new double[] {1, 1}, p -> {
            double[] r = new double[x.length];
            for (int i = 0; i < r.length; i++) {
                r[i] = p[0] + p[1] * x[i] - y[i];
            }
            return r;
        });
        assertThat(found[0]).as("seed %d", SEED).isCloseTo(0.3, within(0.03));
        assertThat(found[1]).as("seed %d", SEED).isCloseTo(0.5, within(0.05));
    }

    @Test
    void minimise_beyondABound_staysOnIt() {
        double[] found = BoundedFit.minimise(
                new double[] {5}, new double[] {1}, new double[] {8}, p -> new double[] {p[0] - 20, p[0] - 21});
        assertThat(found[0]).isCloseTo(8, within(1e-6));
    }
}
