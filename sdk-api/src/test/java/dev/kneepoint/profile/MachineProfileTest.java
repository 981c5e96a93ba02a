package dev.kneepoint.profile;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.common.collect.ImmutableSortedMap;
import dev.kneepoint.cluster.ClusterCatalog;
import dev.kneepoint.workload.Precision;
import java.io.IOException;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A machine's file is read as it was written, and wrong ones are named. */
class MachineProfileTest {
    private static final StreamCurve STREAM = new StreamCurve(1.5, 8, 3, 0.7, 0.1, 0.9);

    @TempDir
    private Path folder;

    private static MachineProfile machine() {
        MachineProfile m = MachineProfile.assumed(
                ClusterCatalog.get("dgx-h100"), ProfileCatalog.stack("torch-fsdp"), Precision.BF16);
        ProbedTimes times = new ProbedTimes(
                2,
                0.5,
                7,
                Optional.of(new ProductCurve(1, 400_000, 128, 64, 30, 4, 2, 0.01)),
                Optional.of(new CoreCurve(3, 1, 0.5, 0.1, 300_000, 0)),
                Optional.empty(),
                ImmutableSortedMap.of("norm", STREAM, "optimizer", STREAM),
                ImmutableSortedMap.of("all-reduce", STREAM, "state/all-reduce", STREAM));
        HardwareProfile hardware = new HardwareProfile(
                m.hardware().device().withProbed(times), m.hardware().network());
        return new MachineProfile(
                m.cluster(), hardware, m.stack(), m.precision(), ImmutableSortedMap.of("backend", "cuda"));
    }

    private Path written() throws IOException {
        Path file = folder.resolve("machine.json");
        try (Writer w = Files.newBufferedWriter(file)) {
            machine().write(w);
        }
        return file;
    }

    @Test
    void written_isReadTheSame() throws IOException {
        assertThat(MachineProfile.read(written())).isEqualTo(machine());
    }

    @Test
    void everyClusterOfTheCatalog_isReadAsItWasWritten() throws IOException {
        for (var cluster : ClusterCatalog.all().values()) {
            Path file = folder.resolve(cluster.name() + ".json");
            try (Writer w = Files.newBufferedWriter(file)) {
                ClusterCatalog.write(cluster, w);
            }
            var read = ClusterCatalog.resolve(file.toString());
            assertThat(read.node()).isEqualTo(cluster.node());
            assertThat(read.fabric().scaleUpBandwidth())
                    .isEqualTo(cluster.fabric().scaleUpBandwidth());
            assertThat(read.fabric().networkBandwidthPerDevice().value())
                    .isCloseTo(
                            cluster.fabric().networkBandwidthPerDevice().value(),
                            org.assertj.core.data.Percentage.withPercentage(1e-9));
            assertThat(read.maxDevices()).isEqualTo(cluster.maxDevices());
        }
    }

    @Test
    void itsFile_alsoServesAsClusterAndStack() throws IOException {
        String file = written().toString();
        assertThat(ClusterCatalog.resolve(file)).isEqualTo(machine().cluster());
        assertThat(ProfileCatalog.resolveStack(file)).isEqualTo(machine().stack());
    }

    @Test
    void wrongFiles_areNamedWithFieldAndRemedy() throws IOException {
        String good = Files.readString(written());
        assertWrong(good.replace("kneepoint.profile/1", "kneepoint.study/1"), "must be kneepoint.profile/1");
        assertWrong(good.replace("\"precision\"", "\"precison\""), "'precison'");
        assertWrong(good.replace("\"far_gb_s\" : 3.0", "\"far_gb_s\" : -3.0"), "farGbS must be");
        assertWrong("{}", "the field 'schema' is missing");
        assertThatThrownBy(() -> MachineProfile.read(folder.resolve("absent.json")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("absent.json");
    }

    private void assertWrong(String text, String message) throws IOException {
        Path file = Files.writeString(folder.resolve("wrong.json"), text);
        assertThatThrownBy(() -> MachineProfile.read(file))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("wrong.json")
                .hasMessageContaining(message);
    }

    @Test
    void formatThatTheDeviceLacks_isRefused() {
        assertThatThrownBy(() -> MachineProfile.assumed(
                        ClusterCatalog.get("local-cpu"), ProfileCatalog.stack("cpu-threads"), Precision.BF16))
                .hasMessageContaining("has no bf16; it has [fp32]");
    }
}
