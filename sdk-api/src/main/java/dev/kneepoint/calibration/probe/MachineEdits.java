package dev.kneepoint.calibration.probe;

import dev.kneepoint.internal.json.RecordFields;
import dev.kneepoint.profile.DeviceProfile;
import dev.kneepoint.profile.HardwareProfile;
import dev.kneepoint.profile.MachineProfile;
import dev.kneepoint.profile.ProbedTimes;
import dev.kneepoint.profile.SoftwareStack;
import java.util.Map;

/** Copies of a machine with constants changed. */
final class MachineEdits {
    private MachineEdits() {}

    static MachineProfile with(MachineProfile m, String constant, double value) {
        SoftwareStack stack = m.stack().with(constant, value);
        return new MachineProfile(m.cluster(), m.hardware(), stack, m.precision(), m.origin());
    }

    static ProbedTimes probed(MachineProfile m) {
        return m.hardware().device().probed().orElseThrow();
    }

    static MachineProfile probed(MachineProfile m, String field, Object value) {
        ProbedTimes changed = RecordFields.with(probed(m), Map.of(field, value));
        return device(m, m.hardware().device().withProbed(changed));
    }

    static MachineProfile device(MachineProfile m, String constant, double value) {
        return device(m, m.hardware().device().with(constant, value));
    }

    static MachineProfile device(MachineProfile m, DeviceProfile changed) {
        HardwareProfile hardware = new HardwareProfile(
                changed, m.hardware().network(), m.hardware().groups());
        return new MachineProfile(m.cluster(), hardware, m.stack(), m.precision(), m.origin());
    }
}
