package dev.kneepoint.calibration;

import dev.kneepoint.cluster.Accelerator;
import dev.kneepoint.cluster.Fabric;
import dev.kneepoint.cost.CollectiveCost;
import dev.kneepoint.internal.json.RecordFields;
import dev.kneepoint.plan.CollectiveKind;
import dev.kneepoint.profile.DeviceProfile;
import dev.kneepoint.profile.HardwareProfile;
import dev.kneepoint.profile.NetworkProfile;
import dev.kneepoint.profile.ScaleUpCurve;
import java.util.Map;
import java.util.Optional;

/**
 * A measured collective with its machine.
 *
 * @param sample the row
 * @param kind its collective
 * @param accelerator its device
 * @param fabric its links
 * @param crosses whether it crosses scale-up domains
 * @param ringOnly whether the library could not reduce in the switch, or was told not to
 * @param tool name of the measuring tool
 * @param group what it is judged with
 */
record MeasuredCollective(
        CollectiveSample sample,
        CollectiveKind kind,
        Accelerator accelerator,
        Fabric fabric,
        boolean crosses,
        boolean ringOnly,
        String tool,
        String group)
        implements MicrobenchmarkCase {
    @Override
    public String label() {
        return String.format("%s %.1f MiB, %d ranks", kind.label(), sample.bytes() / (1 << 20), sample.ranks());
    }

    @Override
    public double measuredSeconds() {
        return sample.seconds();
    }

    @Override
    public String architecture() {
        return accelerator.architecture();
    }

    @Override
    public Optional<String> network() {
        return crosses ? Optional.of(fabric.network().label()) : Optional.empty();
    }

    @Override
    public double predict(MicrobenchmarkProfiles profiles) {
        DeviceProfile device = device(profiles);
        NetworkProfile net = MicrobenchmarkCase.require(
                profiles.networks().get(fabric.network().label()),
                fabric.network().label());
        CollectiveCost cost = new CollectiveCost();
        cost.set(fabric, new HardwareProfile(ringOnly ? withoutSwitch(device) : device, net), 1);
        double domains = Math.ceil((double) sample.ranks() / fabric.scaleUpDomain());
        double seconds = cost.seconds(kind, sample.bytes(), 1, sample.ranks(), sample.ranks() / domains);
        double reduced = kind == CollectiveKind.ALL_REDUCE ? sample.bytes() : 0;
        return seconds
                + tool(profiles)
                        .collectiveSeconds(
                                sample.bytes() / sample.ranks(),
                                reduced,
                                accelerator.memoryBandwidth().value());
    }

    private static DeviceProfile withoutSwitch(DeviceProfile device) {
        ScaleUpCurve curve = device.scaleUp();
        return RecordFields.with(
                device,
                Map.of(
                        "scale_up",
                        RecordFields.with(
                                curve,
                                Map.of(
                                        "reduce_efficiency",
                                        0.0,
                                        "reduce_protocol_micros",
                                        curve.ringProtocolMicros()))));
    }
}
