package dev.kneepoint.samples.report;

import dev.kneepoint.Kneepoint;
import dev.kneepoint.calibration.ProfileUncertainty;
import dev.kneepoint.cluster.ClusterCatalog;
import dev.kneepoint.profile.ProfileCatalog;
import dev.kneepoint.profile.Scenario;
import dev.kneepoint.report.SearchJson;
import dev.kneepoint.study.HardwareChange;
import dev.kneepoint.study.SearchExplanation;
import dev.kneepoint.study.SearchObstacle;
import dev.kneepoint.study.SearchResult;
import dev.kneepoint.study.SearchRobustness;
import dev.kneepoint.study.StrategySearchBuilder;
import dev.kneepoint.units.Bytes;
import dev.kneepoint.workload.ModelCatalog;
import dev.kneepoint.workload.TrainingWorkload;
import java.util.Arrays;
import java.util.List;
import java.util.function.UnaryOperator;

/** Small searches: pure data parallelism that gives way to tensor parallelism as devices grow. */
final class SampleSearches {
    static final String FIXED = "fsdp,tp=1|2|4,pp=1,cp=1,recompute=none,prefetch=pre";

    private SampleSearches() {}

    static List<SearchJson.Size> several() {
        return sizes(b -> b.fix(FIXED).pareto(true), 64, 512, 2048);
    }

    static List<SearchJson.Size> one() {
        return sizes(b -> b.fix(FIXED), 64);
    }

    /** Nothing fits on the smaller size, and only what shards enough on the larger. */
    static List<SearchJson.Size> tight() {
        return sizes(b -> b.fix("fsdp,pp=1,cp=1,recompute=none").maxMemory(Bytes.gib(12)), 8, 64);
    }

    static List<SearchJson.Size> nothingFits() {
        return sizes(b -> b.fix("fsdp,pp=1,cp=1").maxMemory(Bytes.gib(1)), 8, 16);
    }

    static List<SearchResult> results(List<SearchJson.Size> sizes) {
        return sizes.stream().map(SearchJson.Size::result).toList();
    }

    private static List<SearchJson.Size> sizes(UnaryOperator<StrategySearchBuilder> asked, int... devices) {
        return Arrays.stream(devices)
                .mapToObj(n ->
                        asked.apply(Kneepoint.create().search(scenario(n), n)).run())
                .map(r -> new SearchJson.Size(
                        r,
                        SearchExplanation.of(r, HardwareChange.TWICE_AS_GOOD),
                        SearchObstacle.of(r),
                        SearchRobustness.of(r, ProfileUncertainty.shipped())))
                .toList();
    }

    private static Scenario scenario(int devices) {
        return Scenario.of(
                TrainingWorkload.bf16(ModelCatalog.get("llama2-7b"), 4096, 2 * devices),
                ClusterCatalog.get("dgx-h100"),
                ProfileCatalog.stack("torch-fsdp"));
    }
}
