package dev.kneepoint.backend.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.kneepoint.backend.cpu.CpuPlans;
import dev.kneepoint.metrics.RankTimeline;
import dev.kneepoint.metrics.Timeline;
import dev.kneepoint.plan.CollectiveKind;
import dev.kneepoint.plan.PlanSample;
import dev.kneepoint.plan.StepPlan;
import dev.kneepoint.spi.BackendException;
import dev.kneepoint.spi.CancellationToken;
import dev.kneepoint.spi.ExecutionCancelledException;
import dev.kneepoint.spi.ExecutionRequest;
import dev.kneepoint.spi.UnsupportedPlanException;
import dev.kneepoint.workload.TransformerModel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.IntFunction;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Ranks of several processes do what ranks of one do. */
class DistributedEngineTest {
    private static final EngineOptions OPTIONS =
            new EngineOptions("host", PlanSample.whole(), false, Duration.ofSeconds(30));

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {
                "ddp; 4",
                "zero1; 4",
                "zero2,tp=2,pp=2; 8",
                "fsdp; 3",
                "fsdp,tp=2,cp=2; 8",
                "hsdp=2; 4",
                "ddp,pp=4; 4",
                "ddp,pp=2,vpp=2; 4",
                "ddp,tp=4; 4",
                "experts fsdp,ep=4,cp=2; 8",
                "experts ddp,ep=2; 4"
            })
    void processes_computeWhatOneDoes(String strategy, int ranks) {
        StepPlan plan = plan(strategy, ranks, ranks % 3 == 0 ? 6 : 8);
        for (DataType type : List.of(DataType.FP32, DataType.BF16)) {
            List<String> alone = inOneProcess(plan, type);
            assertThat(alone.toString()).contains("matmul", "attentionGradient", "adamw");
            for (int each : new int[] {1, ranks > 3 ? 2 : 3}) {
                assertThat(inProcesses(plan, type, each))
                        .as("%d ranks a process", each)
                        .isEqualTo(alone);
            }
        }
    }

    private static StepPlan plan(String strategy, int ranks, int batch) {
        TransformerModel model = strategy.startsWith("experts ") ? CpuPlans.EXPERTS : CpuPlans.MODEL;
        return CpuPlans.plan(model, strategy.replace("experts ", ""), ranks, batch);
    }

    private static ExecutionRequest request(StepPlan plan, CancellationToken token) {
        return new ExecutionRequest(plan, 1, 2, true, Optional.empty(), token);
    }

    private static HostDevices devices(StepPlan plan, DataType type, long memory, long seed) {
        return new HostDevices(plan.layout().devices(), true, NumberFormats.of(type), memory, seed);
    }

    /** What kernels wrote, on every device. */
    private static List<String> computed(HostDevices devices) {
        return devices.histories().stream()
                .filter(h -> h.contains("adamw"))
                .map(h -> h.lines()
                        .filter(line -> !line.matches("(network|copy|marker|write|add|scale|nothing).*"))
                        .toList()
                        .toString())
                .toList();
    }

    private static List<String> inOneProcess(StepPlan plan, DataType type) {
        HostDevices devices = devices(plan, type, Long.MAX_VALUE, 1);
        try (DeviceEngine engine = new DeviceEngine(devices, OPTIONS)) {
            engine.run(request(plan, CancellationToken.none()));
        }
        return computed(devices);
    }

    private static List<String> inProcesses(StepPlan plan, DataType type, int each) {
        int ranks = plan.layout().devices();
        HostDevices devices = devices(plan, type, Long.MAX_VALUE, each);
        HostNetwork network = new HostNetwork(devices, processes(ranks, each));
        List<List<Timeline>> results = all(ranks / each, process -> () -> {
            try (DistributedEngine engine =
                    new DistributedEngine(network.devicesOf(process), OPTIONS, network.process(process))) {
                return engine.run(request(plan, CancellationToken.none()), StepMeter.NONE);
            }
        });
        assertThat(devices.buffers()).isZero();
        results.forEach(r -> assertThat(r).isEqualTo(results.getFirst()));
        results.getFirst().forEach(t -> check(t, ranks));
        return computed(devices);
    }

    private static void check(Timeline timeline, int ranks) {
        double step = timeline.step().value();
        assertThat(timeline.ranks())
                .extracting(RankTimeline::label)
                .containsExactlyElementsOf(
                        IntStream.range(0, ranks).mapToObj(r -> "rank " + r).toList());
        for (RankTimeline rank : timeline.ranks()) {
            assertThat(rank.parts().total()).isLessThanOrEqualTo(step * (1 + 1e-9));
            assertThat(rank.spans()).isNotEmpty();
        }
        assertThat(timeline.ranks().stream().mapToDouble(r -> r.parts().total()).max())
                .hasValueCloseTo(step, within(1e-12));
    }

    private static List<List<Integer>> processes(int ranks, int each) {
        return IntStream.range(0, ranks / each)
                .mapToObj(p -> IntStream.range(p * each, (p + 1) * each).boxed().toList())
                .toList();
    }

    /** Runs processes at once. */
    private static <T> List<T> all(int count, IntFunction<Callable<T>> task) {
        try (ExecutorService threads = Executors.newFixedThreadPool(count)) {
            List<Future<T>> running = new ArrayList<>();
            for (int p = 0; p < count; p++) {
                running.add(threads.submit(task.apply(p)));
            }
            List<T> out = new ArrayList<>();
            for (Future<T> one : running) {
                try {
                    out.add(one.get());
                } catch (ExecutionException e) {
                    throw new AssertionError(e.getCause());
                } catch (InterruptedException e) {
                    throw new AssertionError(e);
                }
            }
            return out;
        }
    }

    /** What each of two processes throws at the runs that it is given. */
    private static List<BackendException> failures(long memory, IntFunction<ExecutionRequest> requests) {
        StepPlan any = requests.apply(0).plan();
        HostDevices devices = devices(any, DataType.FP32, memory, 3);
        HostNetwork network = new HostNetwork(devices, processes(2, 1));
        List<BackendException> out = all(2, process -> () -> {
            try (DistributedEngine engine =
                    new DistributedEngine(network.devicesOf(process), OPTIONS, network.process(process))) {
                engine.run(requests.apply(process), StepMeter.NONE);
                throw new AssertionError("it ran");
            } catch (BackendException e) {
                return e;
            }
        });
        assertThat(devices.buffers()).isZero();
        return out;
    }

    @Test
    void differentPlans_areToldByRank() {
        StepPlan ddp = plan("ddp", 2, 4);
        StepPlan fsdp = plan("fsdp", 2, 4);
        assertThat(failures(Long.MAX_VALUE, process -> request(process == 0 ? ddp : fsdp, CancellationToken.none())))
                .allSatisfy(e -> assertThat(e)
                        .hasMessageContaining("the processes run different plans: rank 0: ddp")
                        .hasMessageContaining("; rank 1: fsdp"));
    }

    @Test
    void morePlannedRanksThanThereAre_areRefused() {
        StepPlan plan = plan("ddp", 4, 4);
        assertThat(failures(Long.MAX_VALUE, process -> request(plan, CancellationToken.none())))
                .allSatisfy(e -> assertThat(e)
                        .isInstanceOf(UnsupportedPlanException.class)
                        .hasMessageContaining("the plan has 4 ranks; there are 2"));
    }

    @Test
    void whatDoesNotFit_isRefusedByAll() {
        StepPlan plan = plan("ddp", 2, 4);
        assertThat(failures(10_000, process -> request(plan, CancellationToken.none())))
                .allSatisfy(e -> assertThat(e)
                        .isInstanceOf(UnsupportedPlanException.class)
                        .hasMessageContaining("micro-batch"));
    }

    @Test
    void oneCancelledProcess_cancelsAll() {
        StepPlan plan = plan("ddp", 2, 4);
        CancellationToken cancelled = CancellationToken.create();
        cancelled.cancel();
        List<BackendException> out =
                failures(Long.MAX_VALUE, process -> request(plan, process == 1 ? cancelled : CancellationToken.none()));
        assertThat(out).allSatisfy(e -> assertThat(e).isInstanceOf(ExecutionCancelledException.class));
        assertThat(out.getFirst()).hasMessageContaining("rank 1: cancelled");
    }

    @Test
    void aFailureDuringTheRun_endsAll() {
        StepPlan plan = plan("fsdp", 2, 4);
        ExecutionRequest late = new ExecutionRequest(
                plan, 0, 1_000_000, false, Optional.of(Duration.ofMillis(300)), CancellationToken.none());
        ExecutionRequest patient =
                new ExecutionRequest(plan, 0, 1_000_000, false, Optional.empty(), CancellationToken.none());
        assertThat(failures(Long.MAX_VALUE, process -> process == 0 ? patient : late))
                .allSatisfy(e -> assertThat(e).hasMessageContaining("the deadline of 300 ms passed"));
    }

    @Test
    void processesWithoutARankOfThePlan_getItsResults() {
        StepPlan plan = plan("fsdp", 2, 4);
        HostDevices devices = new HostDevices(4, true, NumberFormats.of(DataType.FP32), Long.MAX_VALUE, 5);
        HostNetwork network = new HostNetwork(devices, processes(4, 1));
        List<List<Timeline>> results = all(4, process -> () -> {
            try (DistributedEngine engine =
                    new DistributedEngine(network.devicesOf(process), OPTIONS, network.process(process))) {
                List<Timeline> first = engine.run(request(plan, CancellationToken.none()), StepMeter.NONE);
                assertThat(first).hasSize(2);
                return engine.run(request(plan, CancellationToken.none()), StepMeter.NONE);
            }
        });
        results.forEach(r -> assertThat(r).isEqualTo(results.getFirst()));
        assertThat(results.getFirst().getFirst().ranks()).hasSize(2);
    }

    @Test
    void collectivesOfCallersData_areThoseOfOneProcess() {
        HostDevices devices = new HostDevices(4, true, NumberFormats.of(DataType.FP32), Long.MAX_VALUE, 6);
        HostNetwork network = new HostNetwork(devices, processes(4, 2));
        float[][] inputs = {{1, 2, 3}, {10, 20, 30}, {100, 200, 300}};
        List<String> got = all(2, process -> () -> {
            try (DistributedEngine engine =
                    new DistributedEngine(network.devicesOf(process), OPTIONS, network.process(process))) {
                return Stream.of(engine.numerics().collective(CollectiveKind.ALL_REDUCE, inputs))
                                .map(Arrays::toString)
                                .toList()
                        + Arrays.toString(engine.numerics().sendReceive(new float[] {4, 5}));
            }
        });
        String sum = "[111.0, 222.0, 333.0]";
        assertThat(got).containsOnly(List.of(sum, sum, sum) + "[4.0, 5.0]");
    }
}
