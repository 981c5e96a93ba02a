package dev.kneepoint.profile;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.kneepoint.cluster.Accelerator;
import dev.kneepoint.cluster.Cluster;
import dev.kneepoint.cluster.ClusterCatalog;
import dev.kneepoint.cluster.Node;
import dev.kneepoint.internal.json.JsonFiles;
import java.io.IOException;
import java.io.InputStream;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.YearMonth;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class ProfileCatalogTest {
    @TempDir
    private Path folder;

    static Stream<SoftwareStack> stacks() {
        return ProfileCatalog.stacks().values().stream();
    }

    static Stream<Cluster> clusters() {
        return ClusterCatalog.all().values().stream();
    }

    @ParameterizedTest
    @MethodSource("stacks")
    void stacksAreWhole(SoftwareStack s) {
        assertThat(s.name()).matches("[a-z0-9]+(-[a-z0-9]+)*");
        assertThat(ProfileCatalog.stack(s.name())).isSameAs(s);
        assertThat(s.source()).isNotBlank();
        assertThat(YearMonth.parse(s.date())).isBetween(YearMonth.of(2019, 1), YearMonth.of(2026, 12));
    }

    @ParameterizedTest
    @MethodSource("clusters")
    void everyClusterHasAProfile(Cluster c) {
        HardwareProfile h = ProfileCatalog.hardware(c);
        assertThat(h.device().name()).isEqualTo(c.accelerator().architecture());
        assertThat(h.network().name()).isEqualTo(c.fabric().network().label());
        assertThat(h.device().source()).isNotBlank();
        assertThat(h.network().source()).isNotBlank();
        assertThat(h.device().attention()).isNotEmpty();
        assertThat(h.network().rateEfficiency()).isBetween(0.2, 1.1);
    }

    @Test
    void whatIsWrittenIsReadAgain() throws IOException {
        for (DeviceProfile device : ProfileCatalog.devices().values()) {
            Path file = folder.resolve("device.json");
            try (Writer out = Files.newBufferedWriter(file)) {
                ProfileCatalog.write(device, out);
            }
            assertThat(ProfileFiles.device(JsonFiles.read(file))).isEqualTo(device);
        }
        for (NetworkProfile network : ProfileCatalog.networks().values()) {
            Path file = folder.resolve("network.json");
            try (Writer out = Files.newBufferedWriter(file)) {
                ProfileCatalog.write(network, out);
            }
            assertThat(ProfileFiles.network(JsonFiles.read(file))).isEqualTo(network);
        }
    }

    @Test
    void unknownNamesSuggestTheNearOne() {
        assertThatThrownBy(() -> ProfileCatalog.resolveStack("torchfsdp"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("unknown stack 'torchfsdp'; did you mean 'torch-fsdp'?");
        assertThatThrownBy(() -> ProfileCatalog.stack("caffe"))
                .hasMessageStartingWith("unknown stack 'caffe'; known: [cpu-threads, deepspeed-zero3, jax, ");
        Cluster c = ClusterCatalog.get("dgx-h100");
        Accelerator a = c.accelerator();
        Accelerator other = new Accelerator(
                "x", "hoper", a.peaks(), a.memory(), a.memoryBandwidth(), a.multiprocessors(), a.power());
        Cluster own =
                new Cluster("own", new Node(other, 8, c.node().overhead()), c.fabric(), 1, "note", c.maxDevices());
        assertThatThrownBy(() -> ProfileCatalog.hardware(own))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("no device profile for architecture 'hoper' of cluster 'own'; did you mean"
                        + " 'hopper'?; known: [ampere, ");
    }

    @Test
    void anOwnStackIsRead() throws IOException {
        Path file = Files.writeString(folder.resolve("s.json"), preset());
        assertThat(ProfileCatalog.resolveStack(file.toString())).isEqualTo(ProfileCatalog.stack("torch-fsdp"));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "\"launch_micros\" | \"lunch_micros\" | field 'kernels.lunch_micros': is unknown; did you mean 'launch_micros'?",
                "\"shard_exposure\" | \"shard_exposre\" | field 'overlap.shard_exposre': is unknown; did you mean"
                        + " 'shard_exposure'?",
                "\"bucket_bytes\" | \"bucket_byte\" | field 'communication.bucket_byte': is unknown; did you mean 'bucket_bytes'?",
                "\"weight_bytes\" | \"weigh_bytes\" | field 'memory.weigh_bytes': is unknown; did you mean 'weight_bytes'?",
                "\"fixed_millis\" | \"fixed_milis\" | field 'fixed_milis': is unknown; did you mean 'fixed_millis'?",
                "\"attention\": \"flash1\" | \"attention\": \"flash9\" | field 'kernels.attention': unknown attention kernel"
                        + " 'flash9'; known: [",
                "\"name\": \"torch-fsdp\" | \"name\": \"\" | field 'name': stack name must not be blank",
            })
    void errorsNameFileLineAndField(String right, String wrong, String message) throws IOException {
        String preset = preset();
        assertThat(preset).contains(right);
        Path file = Files.writeString(folder.resolve("s.json"), preset.replace(right, wrong));
        assertThatThrownBy(() -> ProfileCatalog.resolveStack(file.toString()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith(file + ", line ")
                .hasMessageContaining(message);
    }

    private static String preset() throws IOException {
        try (InputStream in = ProfileCatalog.class.getResourceAsStream("stack-torch-fsdp.json")) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
    }
}
