package dev.kneepoint.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.kneepoint.Kneepoint;
import dev.kneepoint.spi.Backend;
import java.util.Map;
import org.junit.jupiter.api.Test;

class FaultsTest {
    @Test
    void backendCpuUnderstandsEveryFault() {
        Faults all = Faults.none()
                .slow(0, 1.5)
                .fail(1, "qkv")
                .absent(2, "*")
                .nan(3, "norm1")
                .resize(4, "reduce")
                .skip(5, "optimizer");
        assertThat(all.onVirtualClock())
                .containsEntry("cpu.clock", "virtual")
                .containsEntry(
                        "cpu.faults",
                        "slow(rank=0,factor=1.5);fail(rank=1,op=qkv);absent(rank=2,op=*);nan(rank=3,op=norm1);"
                                + "resize(rank=4,op=reduce);skip(rank=5,op=optimizer)");
        try (Backend backend = Kneepoint.create().backends().open("cpu", all.options())) {
            assertThat(backend.capabilities().maxRanks()).isGreaterThan(5);
        }
    }

    @Test
    void noFaultIsNoOption() {
        assertThat(Faults.none().options()).isEqualTo(Map.of());
    }

    @Test
    void whatCannotBeIsRefused() {
        assertThatThrownBy(() -> Faults.none().fail(-1, "qkv")).hasMessageContaining("counted from 0");
        assertThatThrownBy(() -> Faults.none().fail(1, "a;b")).hasMessageContaining("is no op name");
        assertThatThrownBy(() -> Faults.none().slow(1, 0.5)).hasMessageContaining("the factor at least 1");
        assertThatThrownBy(() -> Faults.none().slow(1, Double.NaN)).isInstanceOf(IllegalArgumentException.class);
    }
}
