package dev.kneepoint.calibration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.kneepoint.calibration.ProfileUncertainty.ConstantSpread;
import dev.kneepoint.cluster.Cluster;
import dev.kneepoint.cluster.ClusterCatalog;
import dev.kneepoint.cost.StepCost;
import dev.kneepoint.internal.json.JsonFiles;
import dev.kneepoint.profile.ProfileCatalog;
import dev.kneepoint.profile.Scenario;
import dev.kneepoint.strategy.Feasibility;
import dev.kneepoint.strategy.Layout;
import dev.kneepoint.strategy.ParallelismStrategy;
import dev.kneepoint.workload.ModelCatalog;
import dev.kneepoint.workload.Precision;
import dev.kneepoint.workload.TrainingWorkload;
import java.io.IOException;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ProfileUncertaintyTest {
    private static final TrainingWorkload LLAMA = TrainingWorkload.bf16(ModelCatalog.get("llama2-7b"), 4096, 64);

    private static Scenario scenario(String cluster, String stack) {
        return Scenario.of(LLAMA, ClusterCatalog.get(cluster), ProfileCatalog.stack(stack));
    }

    @Test
    void shipped_everyFittedConstant_isAtMostAsUncertainAsBeforeTheFit() {
        ProfileUncertainty shipped = ProfileUncertainty.shipped();

        assertThat(shipped.constants().stream().map(ConstantSpread::name))
                .containsExactlyElementsOf(
                        Constants.shipped().stream().map(Constant::name).toList());
        for (Constant c : Constants.shipped()) {
            ConstantSpread after = shipped.constants().stream()
                    .filter(s -> s.name().equals(c.name()))
                    .findFirst()
                    .orElseThrow();
            assertThat(after.sigma()).as(c.name()).isPositive().isLessThanOrEqualTo(c.sigma());
            assertThat(after.low()).isEqualTo(c.low());
            assertThat(after.high()).isEqualTo(c.high());
        }
        assertThat(shipped.compute()).isCloseTo(Spread.SHIPPED, within(0.02));
    }

    @Test
    void resample_exactProfiles_areUnchanged() {
        Scenario scenario = scenario("dgx-h100", "megatron-core-2024");

        assertThat(ProfileUncertainty.none().resample(scenario, 3)).isEqualTo(scenario);
    }

    @Test
    void resample_seedsInARow_areDrawnApart() {
        Scenario scenario = scenario("dgx-h100", "torch-fsdp");
        Layout alone = ((Feasibility.Feasible) Layout.of(LLAMA, ParallelismStrategy.parse("ddp,mb=1"), 1)).layout();
        double exact = new StepCost(scenario).seconds(alone);
        ProfileUncertainty compute = new ProfileUncertainty(List.of(), 0.1, 0, 0);

        boolean[] slower = new boolean[1000];
        for (int seed = 0; seed < slower.length; seed++) {
            slower[seed] = new StepCost(compute.resample(scenario, 24_000 + seed)).seconds(alone) > exact;
        }

        long changes = IntStream.range(1, slower.length)
                .filter(i -> slower[i] != slower[i - 1])
                .count();
        assertThat(changes).isBetween(400L, 600L);
    }

    @Test
    void resample_oneConstant_scattersAsItShouldAndKeepsToItsRange() {
        String name = "stack/torch-fsdp/kernels.launchMicros";
        Scenario scenario = scenario("dgx-h100", "torch-fsdp");
        double value = scenario.stack().kernels().launchMicros();
        ProfileUncertainty wide =
                new ProfileUncertainty(List.of(new ConstantSpread(name, 0.2, value / 1.5, value * 1.5)), 0, 0, 0);

        double[] logs = LongStream.range(0, 4000)
                .mapToDouble(seed ->
                        Math.log(wide.resample(scenario, seed).stack().kernels().launchMicros() / value))
                .toArray();

        double deviation = Math.sqrt(LongStream.range(0, logs.length)
                .mapToDouble(i -> logs[(int) i] * logs[(int) i])
                .average()
                .orElseThrow());
        assertThat(deviation).isCloseTo(0.2, within(0.015));
        assertThat(logs).satisfies(all -> {
            for (double log : all) {
                assertThat(Math.abs(log)).isLessThanOrEqualTo(Math.log(1.5) + 1e-12);
            }
        });
        assertThat(wide.resample(scenario, 5)).isEqualTo(wide.resample(scenario, 5));
        assertThat(wide.resample(scenario, 5)).isNotEqualTo(wide.resample(scenario, 6));
    }

    @Test
    void resample_everyClusterAndStack_isAScenarioThatRuns() {
        Feasibility feasible = Layout.of(LLAMA, ParallelismStrategy.parse("fsdp,tp=2,pp=2"), 16);
        Layout layout = ((Feasibility.Feasible) feasible).layout();
        for (Cluster cluster : ClusterCatalog.all().values()) {
            if (cluster.maxDevices() < 16
                    || cluster.accelerator().peak(Precision.BF16).isEmpty()) {
                continue;
            }
            for (String stack : ProfileCatalog.shipped().stacks().keySet()) {
                Scenario scenario = scenario(cluster.name(), stack);
                double now = new StepCost(scenario).seconds(layout);
                for (long seed = 0; seed < 10; seed++) {
                    Scenario drawn = ProfileUncertainty.shipped().resample(scenario, seed);
                    assertThat(new StepCost(drawn).seconds(layout))
                            .as("%s %s", cluster.name(), stack)
                            .isBetween(now / 3, now * 3);
                }
            }
        }
    }

    @Test
    void write_constants_areReadBack(@TempDir Path folder) throws IOException {
        StringWriter out = new StringWriter();
        ProfileUncertainty.shipped().write(out);
        Path file = folder.resolve("uncertainty.json");
        Files.writeString(file, out.toString());

        assertThat(UncertaintyFiles.read(JsonFiles.read(file)))
                .isEqualTo(ProfileUncertainty.shipped().constants());
    }

    @Test
    void constantSpread_impossible_isRefused() {
        assertThatThrownBy(() -> new ConstantSpread("stack/a/b", -0.1, 1, 2))
                .hasMessageContaining("sigma of stack/a/b");
        assertThatThrownBy(() -> new ConstantSpread("stack/a/b", 0.1, 3, 2)).hasMessageContaining("low <= high");
    }
}
