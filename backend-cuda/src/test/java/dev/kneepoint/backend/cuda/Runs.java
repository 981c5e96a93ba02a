package dev.kneepoint.backend.cuda;

import dev.kneepoint.plan.PlanCompiler;
import dev.kneepoint.plan.StepPlan;
import dev.kneepoint.profile.Scenario;
import dev.kneepoint.spi.Backend;
import dev.kneepoint.spi.CancellationToken;
import dev.kneepoint.spi.ExecutionRequest;
import dev.kneepoint.spi.ExecutionResult;
import dev.kneepoint.testkit.TinyPlans;
import dev.kneepoint.workload.Precision;
import dev.kneepoint.workload.TrainingWorkload;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/** Small runs on the driver's double. */
final class Runs {
    /** A device with FP8, which is that of the plans' cluster. */
    static final DoubleConfig HOPPER =
            DoubleConfig.of(DoubleConfig.Device.A100.withCapability(90).withName("Double H100"));

    private Runs() {}

    /** Opens the backend with cuBLAS's double and further options. */
    static Backend open(String... namesAndValues) {
        Map<String, String> options =
                new HashMap<>(Map.of("cuda.cublas", NativeDoubles.cublas().toString()));
        for (int i = 0; i < namesAndValues.length; i += 2) {
            options.put(namesAndValues[i], namesAndValues[i + 1]);
        }
        return new CudaBackendProvider().open(options);
    }

    static StepPlan plan(String strategy, int devices, Precision precision) {
        StepPlan plan = TinyPlans.of(strategy, devices, devices);
        Scenario s = plan.scenario();
        TrainingWorkload w = s.workload();
        TrainingWorkload in = new TrainingWorkload(
                w.model(), w.sequenceLength(), w.globalBatch(), precision, w.recompute(), w.optimizer());
        return PlanCompiler.compile(new Scenario(in, s.cluster(), s.hardware(), s.stack()), plan.layout());
    }

    /** One step to warm up and one that counts. */
    static ExecutionResult run(Backend backend, StepPlan plan) {
        return backend.execute(new ExecutionRequest(plan, 1, 1, false, Optional.empty(), CancellationToken.none()));
    }

    /** Opens, runs and closes. */
    static ExecutionResult whole(StepPlan plan, String... namesAndValues) {
        try (Backend backend = open(namesAndValues)) {
            return run(backend, plan);
        }
    }
}
