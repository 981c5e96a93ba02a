package dev.kneepoint.calibration;

import com.google.common.collect.ImmutableList;
import dev.kneepoint.profile.ProfileSet;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.hipparchus.linear.LUDecomposition;
import org.hipparchus.linear.RealMatrix;

/** Where a fit ended; deviations are standard deviations from the prior. */
record FitResult(List<Constant> constants, double[] deviations, ProfileSet profiles, RealMatrix jacobian, double cost) {
    /** Half of an 80 % interval, in standard deviations. */
    private static final double HALF = 1.2816;

    private static final double ALIKE = 0.8;

    FittedProfiles summary() {
        RealMatrix covariance = new LUDecomposition(jacobian.transposeMultiply(jacobian))
                .getSolver()
                .getInverse();
        ImmutableList.Builder<ConstantEstimate> estimates = ImmutableList.builder();
        for (int i = 0; i < deviations.length; i++) {
            double sd = Math.sqrt(covariance.getEntry(i, i));
            Constant c = constants.get(i);
            estimates.add(new ConstantEstimate(
                    c,
                    c.at(deviations[i]),
                    c.at(deviations[i] - HALF * sd),
                    c.at(deviations[i] + HALF * sd),
                    Math.max(0, 1 - sd)));
        }
        return new FittedProfiles(profiles, estimates.build(), confounded(covariance));
    }

    private List<String> confounded(RealMatrix covariance) {
        List<String> pairs = new ArrayList<>();
        for (int i = 0; i < deviations.length; i++) {
            for (int j = i + 1; j < deviations.length; j++) {
                double r = covariance.getEntry(i, j) / Math.sqrt(covariance.getEntry(i, i) * covariance.getEntry(j, j));
                if (Math.abs(r) > ALIKE) {
                    pairs.add(String.format(
                            Locale.ROOT,
                            "%s and %s: correlation %.2f",
                            constants.get(i).name(),
                            constants.get(j).name(),
                            r));
                }
            }
        }
        return pairs;
    }
}
