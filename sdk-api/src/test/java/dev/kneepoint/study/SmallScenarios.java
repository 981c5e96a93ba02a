package dev.kneepoint.study;

import dev.kneepoint.cluster.ClusterCatalog;
import dev.kneepoint.profile.ProfileCatalog;
import dev.kneepoint.profile.Scenario;
import dev.kneepoint.workload.MixtureOfExperts;
import dev.kneepoint.workload.TrainingWorkload;
import dev.kneepoint.workload.TransformerModel;
import dev.kneepoint.workload.TransformerModelBuilder;
import java.util.List;
import java.util.Random;

/** Random workloads whose spaces are small enough to try every layout. */
final class SmallScenarios {
    private SmallScenarios() {}

    static Scenario of(Random random) {
        int heads = 1 << 1 + random.nextInt(3);
        TransformerModelBuilder b = TransformerModel.builder("small", 2 + random.nextInt(5), 128 * heads, heads)
                .kvHeads(heads)
                .ffnHidden(512 * heads)
                .vocabulary(32_000)
                .tiedEmbeddings(random.nextBoolean());
        if (random.nextInt(4) == 0) {
            b.mixture(new MixtureOfExperts(4, 2, 512, 0, 0));
        }
        List<String> stacks = List.of("megatron-2021", "megatron-core-2024", "torch-fsdp", "deepspeed-zero3");
        return Scenario.of(
                TrainingWorkload.bf16(b.build(), 1024, 8 << random.nextInt(2)),
                ClusterCatalog.get(random.nextBoolean() ? "dgx-h100" : "dgx-a100-80gb"),
                ProfileCatalog.stack(stacks.get(random.nextInt(stacks.size()))));
    }
}
