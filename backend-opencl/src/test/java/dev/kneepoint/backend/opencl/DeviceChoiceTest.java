package dev.kneepoint.backend.opencl;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.kneepoint.backend.opencl.ClDiscovery.Found;
import java.util.List;
import org.jocl.cl_device_id;
import org.jocl.cl_platform_id;
import org.junit.jupiter.api.Test;

class DeviceChoiceTest {
    private static final Found CPU = found("PoCL", "Some Processor", ClDeviceType.CPU);
    private static final Found FIRST = found("Vendor", "Big GPU 80GB", ClDeviceType.GPU);
    private static final Found SECOND = found("Vendor", "Small GPU 8GB", ClDeviceType.GPU);
    private static final List<Found> ALL = List.of(CPU, FIRST, SECOND);

    private static Found found(String platform, String name, ClDeviceType type) {
        ClDeviceInfo info = new ClDeviceInfo(
                platform, name, type, "1", "OpenCL 3.0", 4, 1L << 30, 1L << 28, 1 << 15, 256, false, false);
        return new Found(info, new cl_platform_id(), new cl_device_id());
    }

    @Test
    void noChoice_takesAllGpusOfTheFirstPlatformThatHasOne() {
        assertThat(DeviceChoice.of(List.of(), ALL)).containsExactly(FIRST, SECOND);
        assertThat(DeviceChoice.of(List.of(), List.of(CPU))).containsExactly(CPU);
    }

    @Test
    void typeNumberAndName_choose() {
        assertThat(DeviceChoice.of(List.of("gpu"), ALL)).containsExactly(FIRST, SECOND);
        assertThat(DeviceChoice.of(List.of("GPU:1"), ALL)).containsExactly(SECOND);
        assertThat(DeviceChoice.of(List.of("0"), ALL)).containsExactly(CPU);
        assertThat(DeviceChoice.of(List.of("small"), ALL)).containsExactly(SECOND);
        assertThat(DeviceChoice.of(List.of("small", "gpu"), ALL)).containsExactly(SECOND, FIRST);
    }

    @Test
    void choiceThatFitsNothing_isRefusedWithWhatThereIs() {
        for (String wrong : List.of("gpu:2", "3", "accelerator", "quantum", "gpu:x")) {
            assertThatThrownBy(() -> DeviceChoice.of(List.of(wrong), ALL))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("no device fits '" + wrong + "'")
                    .hasMessageContaining("1 gpu 'Big GPU 80GB'");
        }
    }

    @Test
    void devicesOfTwoPlatforms_areRefused() {
        assertThatThrownBy(() -> DeviceChoice.of(List.of("0", "1"), ALL))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("different platforms");
    }
}
