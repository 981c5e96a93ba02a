package embedder;

import dev.kneepoint.Kneepoint;
import dev.kneepoint.cluster.ClusterCatalog;
import dev.kneepoint.profile.ProfileCatalog;
import dev.kneepoint.profile.Scenario;
import dev.kneepoint.spi.BackendRegistry;
import dev.kneepoint.strategy.ParallelismStrategy;
import dev.kneepoint.study.StudyResult;
import dev.kneepoint.workload.ModelCatalog;
import dev.kneepoint.workload.Optimizer;
import dev.kneepoint.workload.Precision;
import dev.kneepoint.workload.Recompute;
import dev.kneepoint.workload.TrainingWorkload;
import java.util.List;

/** Asks for a knee, and runs a step for real. */
public final class App {
    private App() {}

    public static void main(String[] args) {
        Kneepoint kneepoint = Kneepoint.create();
        System.out.println("backends " + kneepoint.backends().all().stream()
                .map(BackendRegistry.Found::id)
                .toList());
        kneepoint.backends().all().stream()
                .filter(found -> found.id().equals("cuda"))
                .forEach(found -> System.out.println("cuda " + found.availability()));
        StudyResult study = kneepoint
                .study(scenario("llama2-7b", "dgx-h100", "torch-fsdp", Precision.BF16, 4096, 32))
                .strategies(List.of(ParallelismStrategy.parse("fsdp")))
                .devices(List.of(8, 16, 32))
                .strong(32)
                .run();
        System.out.println("knee " + study.series().get(0).knee().getClass().getSimpleName());
        Scenario tiny = scenario("tiny", "local-cpu", "cpu-threads", Precision.FP32, 8, 2);
        double step = kneepoint
                .run("cpu", tiny, ParallelismStrategy.parse("ddp"), 2)
                .stepTime()
                .value();
        System.out.println("ran " + (step > 0));
        System.out.println("named " + Kneepoint.class.getModule().isNamed());
    }

    private static Scenario scenario(
            String model, String cluster, String stack, Precision precision, int sequence, int batch) {
        TrainingWorkload w = new TrainingWorkload(
                ModelCatalog.get(model), sequence, batch, precision, Recompute.NONE, Optimizer.ADAMW);
        return Scenario.of(w, ClusterCatalog.get(cluster), ProfileCatalog.stack(stack));
    }
}
