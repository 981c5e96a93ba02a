package dev.kneepoint.profile;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

/** Reading and changing constants by name. */
class ProfileSetTest {
    private final ProfileSet shipped = ProfileCatalog.shipped();

    @Test
    void with_oneStack_changesOnlyThatConstant() {
        ProfileSet changed = shipped.with("stack/torch-fsdp/kernels.launchMicros", 9.5);
        assertThat(changed.constant("stack/torch-fsdp/kernels.launchMicros")).isEqualTo(9.5);
        SoftwareStack before = shipped.stack("torch-fsdp");
        assertThat(changed.stack("torch-fsdp")
                        .with("kernels.launchMicros", before.kernels().launchMicros()))
                .isEqualTo(before);
        assertThat(changed.stack("jax")).isSameAs(shipped.stack("jax"));
        assertThat(changed.devices()).isEqualTo(shipped.devices());
    }

    @Test
    void with_patterns_changesEveryProfileThatTheyCover() {
        ProfileSet changed = shipped.with("stack/megatron-core*|jax/yearlyGain", 0.125);
        changed.stacks().forEach((name, stack) -> {
            boolean covered = name.startsWith("megatron-core") || name.equals("jax");
            assertThat(stack.yearlyGain())
                    .as(name)
                    .isEqualTo(covered ? 0.125 : shipped.stack(name).yearlyGain());
        });
    }

    @Test
    void with_deviceAndNetwork_reachNestedRecords() {
        ProfileSet changed =
                shipped.with("device/hopper/gemm.sustained", 0.7).with("network/infiniband/rateEfficiency", 0.9);
        assertThat(changed.devices().get("hopper"))
                .isNotNull()
                .satisfies(d -> assertThat(d.gemm().sustained()).isEqualTo(0.7));
        assertThat(changed.constant("network/infiniband/rateEfficiency")).isEqualTo(0.9);
    }

    @Test
    void wrongNames_sayWhatThereIs() {
        assertThatThrownBy(() -> shipped.constant("torch-fsdp.launch"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("'torch-fsdp.launch' names no constant; it would read like"
                        + " stack/torch-fsdp/kernels.launchMicros");
        assertThatThrownBy(() -> shipped.constant("stack/torch/kernels.launchMicros"))
                .hasMessageStartingWith("no stack profile 'torch'; known: [cpu-threads, ");
        assertThatThrownBy(() -> shipped.with("stack/jax/kernels.launch", 1))
                .hasMessageStartingWith("no 'launch' in KernelHabits; it has [attention, launchMicros, ");
    }

    @Test
    void with_valueOutOfRange_isRefusedByTheRecord() {
        assertThatThrownBy(() -> shipped.with("stack/jax/overlap.shardExposure", 1.5))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("shardExposure");
    }
}
