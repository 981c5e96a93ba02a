package dev.kneepoint.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.kneepoint.units.Bytes;
import dev.kneepoint.units.BytesPerSecond;
import dev.kneepoint.units.FlopsPerSecond;
import dev.kneepoint.units.Watts;
import dev.kneepoint.workload.Precision;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class ClusterCatalogTest {
    private static final String GOOD = """
            {
              "name": "mine",
              "accelerator": {
                "name": "x100",
                "architecture": "hopper",
                "peaks_tflops": {
                  "bf16": 989
                },
                "memory_gb": 80,
                "memory_bandwidth_gb_s": 3350,
                "multiprocessors": 132,
                "power_w": 700
              },
              "devices_per_node": 8,
              "node_overhead_w": 2000,
              "scale_up_domain": 8,
              "scale_up_gb_s": 450,
              "network": "infiniband",
              "network_gbit_s_per_node": 3200,
              "oversubscription": 1,
              "price_usd_per_device_hour": 2.5,
              "max_devices": 1024
            }
            """;

    @TempDir
    private Path folder;

    static Stream<Cluster> clusters() {
        return ClusterCatalog.all().values().stream().filter(c -> !c.name().equals("local-cpu"));
    }

    @Test
    void theMachineItselfHasNoPriceAndNoMatrixUnits() {
        Cluster c = ClusterCatalog.get("local-cpu");
        assertThat(c.pricePerDeviceHour()).isZero();
        assertThat(c.accelerator().peaks()).containsOnlyKeys(Precision.FP32);
        assertThat(c.fabric().scaleUpDomain()).isEqualTo(c.node().devices());
    }

    @ParameterizedTest
    @MethodSource("clusters")
    void entriesAreWhole(Cluster c) {
        assertThat(c.name()).matches("[a-z0-9]+(-[a-z0-9]+)*");
        assertThat(ClusterCatalog.get(c.name())).isSameAs(c);
        assertThat(c.accelerator().name()).matches("[a-z0-9]+(-[a-z0-9]+)*");
        assertThat(c.priceNote()).isNotBlank();
        assertThat(c.pricePerDeviceHour()).isBetween(0.1, 50.0);
        assertThat(c.fabric().scaleUpDomain() % c.node().devices()).isZero();
        assertThat(c.maxDevices()).isGreaterThanOrEqualTo(c.fabric().scaleUpDomain());
        double step = c.accelerator().peak(Precision.FP16).orElseThrow().value();
        assertThat(step)
                .isGreaterThan(
                        c.accelerator().peak(Precision.FP32).orElseThrow().value());
        assertThat(c.fabric().scaleUpBandwidth()).isGreaterThan(c.fabric().networkBandwidthPerDevice());
        assertThat(c.accelerator().memoryBandwidth()).isGreaterThan(c.fabric().scaleUpBandwidth());
    }

    /** NVIDIA's data sheets: dense BF16 or FP16 peak, memory, memory bandwidth, NVLink per direction, power. */
    @ParameterizedTest
    @CsvSource({
        "dgx-v100, 125, 32, 900, 150, 300",
        "dgx-a100-40gb, 312, 40, 1555, 300, 400",
        "dgx-a100-80gb, 312, 80, 2039, 300, 400",
        "dgx-h100, 989, 80, 3350, 450, 700",
        "dgx-h200, 989, 141, 4800, 450, 700",
    })
    void dataSheets(String name, double tera, double gb, double gbPerSecond, double link, double power) {
        Cluster c = ClusterCatalog.get(name);
        double peak = c.accelerator().peak(Precision.FP16).orElseThrow().value();
        assertThat(peak).isBetween(tera * 0.999e12, tera * 1.001e12);
        assertThat(c.accelerator().memory()).isEqualTo(Bytes.gb(gb));
        assertThat(c.accelerator().memoryBandwidth()).isEqualTo(BytesPerSecond.gb(gbPerSecond));
        assertThat(c.fabric().scaleUpBandwidth()).isEqualTo(BytesPerSecond.gb(link));
        assertThat(c.accelerator().power()).isEqualTo(new Watts(power));
    }

    /** Eight adapters of 400 Gbit/s per DGX H100, one per GPU: 50 GB/s. */
    @Test
    void theNetworkIsSharedByTheDevicesOfANode() {
        assertThat(ClusterCatalog.get("dgx-h100").fabric().networkBandwidthPerDevice())
                .isEqualTo(BytesPerSecond.gbit(400));
    }

    @Test
    void anOwnFileIsRead() throws IOException {
        Cluster c = read(GOOD);
        Accelerator device = new Accelerator(
                "x100",
                "hopper",
                Map.of(Precision.BF16, FlopsPerSecond.tera(989)),
                Bytes.gb(80),
                BytesPerSecond.gb(3350),
                132,
                new Watts(700));
        Fabric fabric = new Fabric(8, BytesPerSecond.gb(450), NetworkKind.INFINIBAND, BytesPerSecond.gbit(400), 1);
        assertThat(c)
                .isEqualTo(new Cluster(
                        "mine", new Node(device, 8, new Watts(2000)), fabric, 2.5, "given by the user", 1024));
        assertThat(c.withPrice(3, "2026-01, quote").priceNote()).isEqualTo("2026-01, quote");
        assertThat(c.accelerator().peak(Precision.FP8)).isEmpty();
    }

    @Test
    void theScaleUpDomainIsTheNodeUnlessGiven() throws IOException {
        assertThat(read(GOOD.replace("\"scale_up_domain\": 8,", "")).fabric().scaleUpDomain())
                .isEqualTo(8);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "name | \"mine\" | \" \" | 2 | name | cluster name must not be blank",
                "bf16 | 989 | 0 | 7 | accelerator.peaks_tflops.bf16 | must be a positive number, not 0.0",
                "bf16 | 989 | -1 | 7 | accelerator.peaks_tflops.bf16 | must be a positive number, not -1.0",
                "bf16 | 989 | 1e300 | 7 | accelerator.peaks_tflops.bf16 | operations per second must be",
                "memory_gb | 80 | 0 | 9 | accelerator.memory_gb | must be a positive number, not 0.0",
                "memory_gb | 80 | 1e30 | 9 | accelerator.memory_gb | bytes must be below 2^63, not 1.0",
                "memory_gb | 80 | \"80\" | 9 | accelerator.memory_gb | must be a number, not the text '80'",
                "memory_bandwidth_gb_s | 3350 | -1 | 10 | accelerator.memory_bandwidth_gb_s | must be a positive number",
                "multiprocessors | 132 | 0 | 11 | accelerator.multiprocessors | multiprocessors must be between 1 and 4096",
                "power_w | 700 | 0 | 12 | accelerator.power_w | must be a positive number, not 0.0",
                "devices_per_node | 8 | 0 | 14 | devices_per_node | devices per node must be between 1 and 64, not 0",
                "devices_per_node | 8 | -8 | 14 | devices_per_node | devices per node must be between 1 and 64, not -8",
                "node_overhead_w | 2000 | -1 | 15 | node_overhead_w | watts must be a number of at least 0, not -1.0",
                "scale_up_domain | 8 | 0 | 16 | scale_up_domain | scaleUpDomain must be between 1 and 1024, not 0",
                "scale_up_gb_s | 450 | 0 | 17 | scale_up_gb_s | must be a positive number, not 0.0",
                "network | \"infiniband\" | \"infiband\" | 18 | network | unknown network kind 'infiband'; did you mean"
                        + " 'infiniband'?",
                "network_gbit_s_per_node | 3200 | 0 | 19 | network_gbit_s_per_node | must be a positive number, not 0.0",
                "oversubscription | 1 | 0.5 | 20 | oversubscription | oversubscription must be between 1 (none) and 1000",
                "price_usd_per_device_hour | 2.5 | -1 | 21 | price_usd_per_device_hour | must be a number of at least 0",
                "max_devices | 1024 | 0 | 22 | max_devices | maxDevices must be between 1 and 1048576, not 0",
                "max_devices | 1024 | 2000000 | 22 | max_devices | maxDevices must be between 1 and 1048576, not 2000000",
            })
    void wrongValuesNameFileLineAndField(
            String field, String right, String wrong, int line, String path, String message) {
        String json = GOOD.replace("\"" + field + "\": " + right, "\"" + field + "\": " + wrong);
        assertThat(json).isNotEqualTo(GOOD);
        refused(json, ", line " + line + ": field '" + path + "': ", message);
    }

    @Test
    void unknownAndMissingFieldsAreNamed() {
        refused(
                GOOD.replace("scale_up_gb_s", "scaleup_gb_s"),
                ", line 17: field 'scaleup_gb_s': is unknown; did you mean" + " 'scale_up_gb_s'?",
                "");
        refused(
                GOOD.replace("power_w", "powr_w"),
                ", line 12: field 'accelerator.powr_w': is unknown; did you mean" + " 'power_w'?",
                "");
        refused(GOOD.replace("\"network\": \"infiniband\",", ""), ", line 1: the field 'network' is missing", "");
        refused(
                GOOD.replace("\"architecture\": \"hopper\",", ""),
                ", line 3: field 'accelerator': the field" + " 'architecture' is missing",
                "");
        refused(
                GOOD.replace("\"bf16\": 989", ""),
                ", line 3: field 'accelerator': accelerator 'x100' has no peak for any" + " precision",
                "");
        refused(
                GOOD.replace("bf16", "bf17"),
                ", line 7: field 'accelerator.peaks_tflops.bf17': unknown precision 'bf17'",
                "known: fp32, fp16, bf16, fp8, fp4");
        refused(
                GOOD.replace("\"bf16\": 989", "\"bf16\": 989, \"BF16\": 1"),
                ", line 7: field" + " 'accelerator.peaks_tflops.BF16': the precision bf16 is given twice",
                "");
        refused("[]", ", line 1: must be an object, not a list", "");
    }

    @Test
    void unknownNamesSuggestTheNearOne() {
        assertThatThrownBy(() -> ClusterCatalog.resolve("dgx-h10"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("unknown cluster 'dgx-h10'; did you mean 'dgx-h100'? (`kneepoint clusters` lists them; a"
                        + " file ends in .json)");
        assertThatThrownBy(() -> ClusterCatalog.get("supercomputer"))
                .hasMessage("unknown cluster 'supercomputer' (`kneepoint clusters` lists them; a file ends in .json)");
    }

    private Cluster read(String json) throws IOException {
        return ClusterCatalog.resolve(
                Files.writeString(folder.resolve("c.json"), json).toString());
    }

    private void refused(String json, String start, String rest) {
        assertThatThrownBy(() -> read(json))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith(folder.resolve("c.json") + start)
                .hasMessageContaining(rest);
    }
}
