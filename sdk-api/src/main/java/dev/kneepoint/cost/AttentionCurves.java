package dev.kneepoint.cost;

import dev.kneepoint.profile.AttentionCurve;
import dev.kneepoint.profile.AttentionKernel;
import dev.kneepoint.profile.DeviceProfile;
import java.util.List;

/** Picks the curve of a kernel, or of the nearest kernel that the device was measured with. */
final class AttentionCurves {
    private static final List<AttentionKernel> SLOWER_FIRST =
            List.of(AttentionKernel.VENDOR, AttentionKernel.FLASH2, AttentionKernel.FLASH1);

    private AttentionCurves() {}

    static AttentionCurve pick(DeviceProfile device, AttentionKernel kernel) {
        AttentionCurve exact = device.attention().get(kernel);
        if (exact != null) {
            return exact;
        }
        int from = Math.max(0, SLOWER_FIRST.indexOf(kernel));
        for (int i = from; i < SLOWER_FIRST.size(); i++) {
            AttentionCurve slower = device.attention().get(SLOWER_FIRST.get(i));
            if (slower != null) {
                return slower;
            }
        }
        for (int i = from; i >= 0; i--) {
            AttentionCurve quicker = device.attention().get(SLOWER_FIRST.get(i));
            if (quicker != null) {
                return quicker;
            }
        }
        throw new IllegalArgumentException("device profile '" + device.name() + "' has no attention curve");
    }
}
