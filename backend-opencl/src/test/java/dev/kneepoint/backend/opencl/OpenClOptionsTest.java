package dev.kneepoint.backend.opencl;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.kneepoint.backend.engine.EngineOptions;
import dev.kneepoint.plan.PlanSample;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class OpenClOptionsTest {
    @Test
    void noOptions_areOneCoreAndEverything() {
        assertThat(OpenClOptions.of(Map.of()))
                .isEqualTo(new OpenClOptions(
                        List.of(),
                        1,
                        new EngineOptions("opencl", PlanSample.whole(), false, Duration.ofSeconds(60)),
                        KernelOptions.standard()));
    }

    @Test
    void allOptions_areRead() {
        assertThat(OpenClOptions.of(Map.of(
                        "opencl.device", "gpu:0, cpu",
                        "opencl.cores", "all",
                        "opencl.layers", "2",
                        "opencl.micro-batches", "3",
                        "opencl.ranks", "one-per-stage",
                        "opencl.timeout", "PT5S",
                        "opencl.kernels", "gpu",
                        "opencl.cache", "off")))
                .isEqualTo(new OpenClOptions(
                        List.of("gpu:0", "cpu"),
                        0,
                        new EngineOptions("opencl", new PlanSample(2, 3), true, Duration.ofSeconds(5)),
                        new KernelOptions(Optional.of(KernelForm.GPU), Optional.empty())));
    }

    @Test
    void cache_isMoved() {
        assertThat(OpenClOptions.of(Map.of("opencl.cache", "some/folder"))
                        .kernels()
                        .cache())
                .contains(Path.of("some/folder"));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "opencl.devices | 0 | no option 'opencl.devices'",
                "opencl.cores | none | a whole number or 'all', not 'none'",
                "opencl.cores | 0 | at least 1, not 0",
                "opencl.layers | 0 | at least 1, not 0",
                "opencl.micro-batches | 1 | at least 2, not 1",
                "opencl.timeout | 5 | a duration such as PT30S, not '5'",
                "opencl.kernels | fast | one of [auto, cpu, gpu], not 'fast'",
                "opencl.cache | '' | a folder or 'off', not empty",
                "opencl.ranks | one | one of [all, one-per-stage], not 'one'",
                "opencl.timeout | PT0S | above zero and at most a day, not PT0S"
            })
    void wrongOption_isRefused(String name, String value, String message) {
        assertThatThrownBy(() -> OpenClOptions.of(Map.of(name, value)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(message);
    }
}
