package dev.kneepoint.samples.telemetry;

import static org.assertj.core.api.Assertions.assertThat;

import dev.kneepoint.cluster.ClusterCatalog;
import dev.kneepoint.metrics.StepRecorder;
import dev.kneepoint.workload.ModelCatalog;
import dev.kneepoint.workload.Optimizer;
import dev.kneepoint.workload.Precision;
import dev.kneepoint.workload.Recompute;
import dev.kneepoint.workload.TrainingWorkload;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.opentelemetry.sdk.metrics.SdkMeterProvider;
import io.opentelemetry.sdk.metrics.data.MetricData;
import io.opentelemetry.sdk.testing.exporter.InMemoryMetricReader;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class BridgesTest {
    private final StepRecorder recorder = StepRecorder.of(
            new TrainingWorkload(
                    ModelCatalog.get("llama2-7b"), 4096, 32, Precision.BF16, Recompute.NONE, Optimizer.ADAMW),
            ClusterCatalog.get("dgx-h100"),
            16);

    @Test
    void micrometerReadsTheRecordersMetrics() {
        SimpleMeterRegistry registry = new SimpleMeterRegistry();
        new MicrometerBridge(recorder).bindTo(registry);
        assertThat(registry.get("kneepoint.step.time").gauge().value()).isNaN();
        recorder.record(2_000_000_000L, 1_500_000_000L, 400_000_000L);
        assertThat(registry.get("kneepoint.step.time").gauge().value()).isEqualTo(2.0);
        assertThat(registry.get("kneepoint.tokens.rate").gauge().value()).isEqualTo(65_536.0);
        assertThat(registry.get("kneepoint.communication.exposed").gauge().value())
                .isEqualTo(0.2);
        assertThat(registry.get("kneepoint.mfu").gauge().value())
                .isEqualTo(recorder.metrics().utilization().orElseThrow().mfu());
        assertThat(registry.get("kneepoint.cost").gauge().value()).isPositive();
    }

    @Test
    void openTelemetryReadsTheRecordersMetrics() {
        InMemoryMetricReader reader = InMemoryMetricReader.create();
        try (SdkMeterProvider provider =
                        SdkMeterProvider.builder().registerMetricReader(reader).build();
                OpenTelemetryBridge bridge = new OpenTelemetryBridge(recorder, provider.get("host"))) {
            assertThat(bridge).isNotNull();
            assertThat(reader.collectAllMetrics()).isEmpty();
            recorder.record(2_000_000_000L, 1_500_000_000L, 400_000_000L);
            Map<String, MetricData> all =
                    reader.collectAllMetrics().stream().collect(Collectors.toMap(MetricData::getName, m -> m));
            assertThat(all)
                    .containsOnlyKeys(
                            "kneepoint.step.time",
                            "kneepoint.step.time.p95",
                            "kneepoint.tokens.rate",
                            "kneepoint.mfu",
                            "kneepoint.communication.exposed",
                            "kneepoint.cost");
            assertThat(all.get("kneepoint.step.time").getUnit()).isEqualTo("s");
            assertThat(all.get("kneepoint.step.time")
                            .getDoubleGaugeData()
                            .getPoints()
                            .iterator()
                            .next()
                            .getValue())
                    .isEqualTo(2.0);
        }
    }
}
