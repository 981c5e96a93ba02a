package dev.kneepoint.profile;

import dev.kneepoint.internal.json.JsonValue;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.Map;
import java.util.Set;

/** Reads profiles from JSON; field names are the record components in snake case. */
final class ProfileFiles {
    private static final double FP32_LOSS_LOGIT_BYTES = 10;

    private ProfileFiles() {}

    static DeviceProfile device(JsonValue v) {
        return v.build(() -> new DeviceProfile(
                v.text("name"),
                v.text("source"),
                gemm(v.get("gemm")),
                gemm(v.get("gemm_quantised")),
                attention(v.get("attention")),
                v.number("attention_sustained"),
                v.number("memory_efficiency"),
                scaleUp(v.get("scale_up")),
                v.number("compute_contention"),
                v.number("collective_contention"),
                v.number("spread"),
                power(v.get("power")),
                v.find("probed").map(ProbedFiles::times)));
    }

    private static GemmCurve gemm(JsonValue v) {
        return v.build(() -> new GemmCurve(
                v.number("efficiency"),
                v.number("memory_efficiency"),
                v.number("fill_k"),
                v.number("tile_ratio_1"),
                v.number("tile_ratio_2"),
                v.number("floor_micros"),
                v.number("sustained"),
                v.number("misaligned_64")));
    }

    private static Map<AttentionKernel, AttentionCurve> attention(JsonValue v) {
        Map<AttentionKernel, AttentionCurve> out = new EnumMap<>(AttentionKernel.class);
        v.object()
                .forEach((name, curve) -> out.put(
                        kernel(curve, name),
                        curve.build(() -> new AttentionCurve(
                                curve.number("teraflops"),
                                curve.number("half_length"),
                                curve.number("small_head_teraflops"),
                                curve.number("small_head_half_length")))));
        return out;
    }

    private static AttentionKernel kernel(JsonValue at, String name) {
        return Arrays.stream(AttentionKernel.values())
                .filter(k -> k.label().equals(name))
                .findFirst()
                .orElseThrow(() -> at.error("unknown attention kernel '" + name + "'; known: "
                        + Arrays.stream(AttentionKernel.values())
                                .map(AttentionKernel::label)
                                .toList()));
    }

    private static ScaleUpCurve scaleUp(JsonValue v) {
        return v.build(() -> new ScaleUpCurve(
                v.number("efficiency"),
                v.number("reduce_efficiency"),
                v.number("exchange_efficiency"),
                v.number("start_micros"),
                v.number("hop_scale"),
                v.number("ring_protocol_micros"),
                v.number("reduce_start_micros"),
                v.number("reduce_hop_micros"),
                v.number("reduce_protocol_micros"),
                v.number("exchange_hop_scale"),
                v.number("exchange_protocol_micros")));
    }

    private static PowerCurve power(JsonValue v) {
        return v.build(() ->
                new PowerCurve(v.number("compute"), v.number("communication"), v.number("waiting"), v.number("idle")));
    }

    static NetworkProfile network(JsonValue v) {
        return v.build(() -> new NetworkProfile(
                v.text("name"),
                v.text("source"),
                v.number("rate_efficiency"),
                v.number("all_to_all_efficiency"),
                v.number("ring_scale"),
                v.number("tree_hop_micros"),
                v.number("start_micros"),
                v.number("reduce_protocol_micros"),
                v.number("ring_protocol_micros"),
                v.number("reduce_rails"),
                v.number("logarithmic_efficiency")));
    }

    static SoftwareStack stack(JsonValue v) {
        v.allow(Set.of(
                "name",
                "date",
                "source",
                "kernels",
                "overlap",
                "communication",
                "memory",
                "accumulate_unsharded",
                "fixed_millis",
                "yearly_gain"));
        return v.build(() -> new SoftwareStack(
                v.text("name"),
                v.text("date"),
                v.text("source"),
                kernels(v.get("kernels")),
                overlap(v.get("overlap")),
                communication(v.get("communication")),
                memory(v.get("memory")),
                v.bool("accumulate_unsharded", false),
                v.number("fixed_millis"),
                v.number("yearly_gain")));
    }

    private static KernelHabits kernels(JsonValue v) {
        v.allow(Set.of(
                "attention",
                "launch_micros",
                "kernel_share",
                "memory_bound_factor",
                "gemm_factor",
                "cast_factor",
                "mixture_host_micros",
                "expert_host_micros",
                "expert_cast_micros",
                "mixture_gemm_factor",
                "mixture_quantised_factor",
                "unfused_passes"));
        return v.build(() -> new KernelHabits(
                kernel(v.get("attention"), v.text("attention")),
                v.number("launch_micros"),
                v.number("kernel_share"),
                v.number("memory_bound_factor"),
                v.number("gemm_factor"),
                v.number("cast_factor"),
                v.number("mixture_host_micros"),
                v.number("expert_host_micros"),
                v.number("expert_cast_micros"),
                v.number("mixture_gemm_factor"),
                v.number("mixture_quantised_factor"),
                v.number("unfused_passes")));
    }

    private static OverlapHabits overlap(JsonValue v) {
        v.allow(Set.of(
                "shard_exposure",
                "gradient_rate",
                "tensor_exposure",
                "context_exposure",
                "expert_exposure",
                "pipeline_exposure",
                "scatter_blocks"));
        return v.build(() -> new OverlapHabits(
                v.number("shard_exposure"),
                v.number("gradient_rate"),
                v.number("tensor_exposure"),
                v.number("context_exposure"),
                v.number("expert_exposure"),
                v.number("pipeline_exposure"),
                v.bool("scatter_blocks", false)));
    }

    private static CommunicationHabits communication(JsonValue v) {
        v.allow(Set.of(
                "gradient_bytes",
                "quantised_gather_bytes",
                "bucket_bytes",
                "bucket_bytes_per_rank",
                "collectives_per_unit",
                "network_factor",
                "tensor_overhead_micros",
                "collective_launch_micros",
                "crossed_tensor_micros",
                "deduplicated_dispatch",
                "updates"));
        return v.build(() -> new CommunicationHabits(
                v.number("gradient_bytes"),
                v.number("quantised_gather_bytes"),
                v.number("bucket_bytes"),
                v.number("bucket_bytes_per_rank"),
                v.number("collectives_per_unit"),
                v.number("network_factor"),
                v.number("tensor_overhead_micros"),
                v.number("collective_launch_micros"),
                v.number("crossed_tensor_micros"),
                v.bool("deduplicated_dispatch", false),
                updates(v.get("updates"), v.text("updates"))));
    }

    private static UpdateSharing updates(JsonValue at, String name) {
        return Arrays.stream(UpdateSharing.values())
                .filter(u -> u.label().equals(name))
                .findFirst()
                .orElseThrow(() -> at.error(
                        "unknown way to share updates '" + name + "'; known: prefetched, gathered," + " broadcast"));
    }

    private static MemoryHabits memory(JsonValue v) {
        v.allow(Set.of(
                "weight_bytes",
                "gradient_bytes",
                "logit_bytes",
                "selective_kept",
                "reserve_fraction",
                "context_bytes"));
        return v.build(() -> new MemoryHabits(
                v.number("weight_bytes"),
                v.number("gradient_bytes"),
                v.number("logit_bytes", FP32_LOSS_LOGIT_BYTES),
                v.number("selective_kept", 1),
                v.number("reserve_fraction"),
                v.number("context_bytes")));
    }
}
