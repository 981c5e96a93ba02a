package dev.kneepoint.cluster;

import dev.kneepoint.internal.json.Suggest;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/** Families of scale-out networks whose latency and efficiency differ. */
public enum NetworkKind {
    /** InfiniBand (EDR, HDR, NDR, XDR). */
    INFINIBAND,
    /** RDMA over converged Ethernet. */
    ROCE,
    /** AWS Elastic Fabric Adapter. */
    EFA,
    /** Google's GPUDirect-TCPX. */
    TCPX,
    /** Google's GPUDirect-TCPXO, which bypasses the kernel that TCPX still crosses. */
    TCPXO,
    /** Omni-Path. */
    OMNI_PATH,
    /** The scale-out network around NVL72 racks. */
    NVL_RACK;

    /**
     * The name in files.
     *
     * @return lower-case name with dashes, for example {@code omni-path}
     */
    public String label() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /**
     * The kind of a name.
     *
     * @param text a label, in any case
     * @return the kind
     * @throws IllegalArgumentException if there is none of that name
     */
    public static NetworkKind parse(String text) {
        for (NetworkKind k : values()) {
            if (k.label().equals(text.toLowerCase(Locale.ROOT))) {
                return k;
            }
        }
        List<String> known = Arrays.stream(values()).map(NetworkKind::label).toList();
        throw new IllegalArgumentException("unknown network kind '" + text + "'"
                + Suggest.near(text, known)
                        .map(n -> "; did you mean '" + n + "'?")
                        .orElse("")
                + "; known: infiniband, roce, efa, tcpx, tcpxo, omni-path, nvl-rack");
    }
}
