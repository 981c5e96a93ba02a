package dev.kneepoint.samples.cli;

import dev.kneepoint.Kneepoint;
import dev.kneepoint.study.ScalingStudyBuilder;
import java.util.List;

/** The two experiments of arXiv 2411.13055: Llama-2 7B on DGX H100 nodes, weak and strong scaling. */
final class DefaultStudies {
    private static final String MODEL = "llama2-7b";
    private static final List<Integer> WEAK_SIZES = List.of(8, 16, 32, 64, 128, 256, 512, 1024, 2048);
    private static final List<Integer> STRONG_SIZES = List.of(16, 32, 64, 128, 256);

    private DefaultStudies() {}

    static ScalingStudyBuilder weak(Kneepoint kneepoint, ScenarioOptions options) {
        return kneepoint
                .study(options.scenario(MODEL, 1))
                .weak(2)
                .devices(WEAK_SIZES)
                .strategies("fsdp", "fsdp,tp=2", "fsdp,tp=4", "fsdp,pp=2", "fsdp,pp=4", "hsdp=8");
    }

    static ScalingStudyBuilder strong(Kneepoint kneepoint, ScenarioOptions options) {
        return kneepoint
                .study(options.scenario(MODEL, 32))
                .strong(32)
                .devices(STRONG_SIZES)
                .strategies("fsdp", "fsdp,tp=2", "fsdp,tp=4", "fsdp,tp=8", "fsdp,tp=2,pp=2", "fsdp,tp=4,pp=2")
                .envelope(true);
    }

    /** Doublings from one node to 2,048 devices, or to the end of the cluster. */
    static List<Integer> sizes(ScenarioOptions options) {
        int most = options.cluster().maxDevices();
        return WEAK_SIZES.stream().filter(n -> n <= most).toList();
    }
}
