package dev.kneepoint.cluster;

import dev.kneepoint.internal.json.JsonOut;
import dev.kneepoint.workload.Precision;
import java.io.Writer;

/** Writes what {@link ClusterCatalog} reads. */
final class ClusterOut {
    private static final double GIGA = 1e9;
    private static final double TERA = 1e12;
    private static final double BITS = 8;

    private ClusterOut() {}

    static void write(Cluster c, Writer out) {
        Fabric f = c.fabric();
        int perNode = c.node().devices();
        try (JsonOut json = new JsonOut(out, true)) {
            json.object().field("name", c.name());
            accelerator(c.accelerator(), json);
            json.field("devices_per_node", (long) perNode)
                    .field("node_overhead_w", c.node().overhead().value())
                    .field("scale_up_domain", (long) f.scaleUpDomain())
                    .field("scale_up_gb_s", f.scaleUpBandwidth().value() / GIGA)
                    .field("network", f.network().label())
                    .field(
                            "network_gbit_s_per_node",
                            f.networkBandwidthPerDevice().value() * BITS * perNode / GIGA)
                    .field("oversubscription", f.oversubscription())
                    .field("price_usd_per_device_hour", c.pricePerDeviceHour())
                    .field("price_note", c.priceNote())
                    .field("max_devices", (long) c.maxDevices());
            json.end();
        }
    }

    private static void accelerator(Accelerator a, JsonOut json) {
        json.object("accelerator").field("name", a.name()).field("architecture", a.architecture());
        json.object("peaks_tflops");
        for (Precision p : Precision.values()) {
            a.peak(p).ifPresent(rate -> json.field(p.label(), rate.value() / TERA));
        }
        json.end();
        json.field("memory_gb", a.memory().value() / GIGA)
                .field("memory_bandwidth_gb_s", a.memoryBandwidth().value() / GIGA)
                .field("multiprocessors", (long) a.multiprocessors())
                .field("power_w", a.power().value());
        json.end();
    }
}
