package dev.kneepoint.calibration;

import dev.kneepoint.profile.DeviceProfile;
import java.util.Optional;

/** A row that can be predicted, and what its prediction depends on. */
interface MicrobenchmarkCase {
    /** Device or fabric that it is judged with. */
    String group();

    String label();

    double measuredSeconds();

    String architecture();

    /** Label of the network family if it crosses domains. */
    Optional<String> network();

    String tool();

    double predict(MicrobenchmarkProfiles profiles);

    default DeviceProfile device(MicrobenchmarkProfiles profiles) {
        return require(profiles.devices().get(architecture()), architecture());
    }

    default MeasuringTool tool(MicrobenchmarkProfiles profiles) {
        return require(profiles.tools().get(tool()), tool());
    }

    static <T> T require(@org.jspecify.annotations.Nullable T found, String name) {
        if (found == null) {
            throw new IllegalArgumentException("there is no profile '" + name + "'");
        }
        return found;
    }
}
