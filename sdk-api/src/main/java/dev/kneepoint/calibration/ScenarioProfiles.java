package dev.kneepoint.calibration;

import com.google.common.collect.ImmutableSortedMap;
import dev.kneepoint.profile.DeviceProfile;
import dev.kneepoint.profile.HardwareProfile;
import dev.kneepoint.profile.NetworkProfile;
import dev.kneepoint.profile.ProfileSet;
import dev.kneepoint.profile.Scenario;
import dev.kneepoint.profile.SoftwareStack;
import java.util.Map;

/** The profiles of one scenario as a set, so that their constants can be changed by name. */
final class ScenarioProfiles {
    private ScenarioProfiles() {}

    static ProfileSet of(Scenario scenario) {
        DeviceProfile device = scenario.hardware().device();
        NetworkProfile network = scenario.hardware().network();
        SoftwareStack stack = scenario.stack();
        return new ProfileSet(
                ImmutableSortedMap.of(device.name(), device),
                ImmutableSortedMap.of(network.name(), network),
                ImmutableSortedMap.of(stack.name(), stack));
    }

    /** The scenario with the profiles of a set that came from {@link #of}. */
    static Scenario with(Scenario scenario, ProfileSet changed) {
        return new Scenario(
                scenario.workload(),
                scenario.cluster(),
                new HardwareProfile(only(changed.devices()), only(changed.networks())),
                only(changed.stacks()));
    }

    private static <T> T only(Map<String, T> profiles) {
        return profiles.values().iterator().next();
    }
}
