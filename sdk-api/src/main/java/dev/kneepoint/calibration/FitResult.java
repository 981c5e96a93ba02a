package dev.kneepoint.calibration;

import dev.kneepoint.profile.ProfileSet;
import java.util.List;
import org.hipparchus.linear.RealMatrix;

/** Where a fit ended. */
record FitResult(
        List<Constant> constants, double[] deviations, ProfileSet profiles, RealMatrix jacobian, double cost) {}
