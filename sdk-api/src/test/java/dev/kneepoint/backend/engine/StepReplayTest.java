package dev.kneepoint.backend.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.kneepoint.backend.cpu.CpuPlans;
import dev.kneepoint.plan.PlanSample;
import dev.kneepoint.plan.StepPlan;
import dev.kneepoint.spi.BackendException;
import dev.kneepoint.spi.CancellationToken;
import dev.kneepoint.spi.DeadlineExceededException;
import dev.kneepoint.spi.ExecutionCancelledException;
import dev.kneepoint.spi.ExecutionRequest;
import dev.kneepoint.spi.RankFailedException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** After the steps that count, a step is launched op by op and as a recording. */
class StepReplayTest {
    private static final Duration TIMEOUT = Duration.ofSeconds(30);

    private static HostDevices devices(int count) {
        return new HostDevices(count, true, NumberFormats.of(DataType.BF16), Long.MAX_VALUE, 5);
    }

    private static EngineOptions options(boolean alone) {
        return new EngineOptions("host", PlanSample.whole(), alone, TIMEOUT);
    }

    private static ExecutionRequest request(StepPlan plan) {
        return new ExecutionRequest(plan, 1, 1, false, Optional.empty(), CancellationToken.none());
    }

    private static LaunchMeter run(HostDevices devices, EngineOptions options, ExecutionRequest request) {
        LaunchMeter meter = new LaunchMeter(true);
        try (DeviceEngine engine = new DeviceEngine(devices, options)) {
            assertThat(engine.run(request, StepMeter.NONE, meter)).hasSize(request.measuredSteps());
        } finally {
            assertThat(devices.buffers()).isZero();
        }
        return meter;
    }

    private static StepPlan plan(String strategy, int devices) {
        return CpuPlans.plan(CpuPlans.MODEL, strategy, devices, 8);
    }

    /** Takes a step anew where a recording is launched. */
    private static final class Repeater extends HostRecorder {
        Repeater(HostQueue queue) {
            super(queue);
        }

        @Override
        public Recording record(Runnable commands) {
            return recording(1, commands);
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {"ddp; 2", "fsdp,tp=2,cp=2; 8", "ddp,pp=4; 4"})
    void replay_writesTheBitsThatLaunchesWrite(String strategy, int count) {
        StepPlan plan = plan(strategy, count);
        HostDevices replaying = devices(count);
        HostDevices launching = devices(count);
        launching.recorders = queue -> Optional.of(new Repeater(queue));
        run(replaying, options(false), request(plan));
        run(launching, options(false), request(plan));
        List<String> histories = replaying.histories();
        assertThat(histories).isEqualTo(launching.histories());
        assertThat(histories.toString()).contains("matmul", "attentionGradient", "adamw");
    }

    @Test
    void computeOps_ofAWholeStep_areCounted() {
        StepPlan plan = plan("fsdp", 4);
        LaunchCost cost =
                run(devices(4), options(false), request(plan)).slowest().orElseThrow();
        assertThat(cost.stage()).isZero();
        assertThat(cost.ops()).isPositive();
        assertThat(cost.commands()).isGreaterThanOrEqualTo(cost.ops());
        // Time moves on by a tick when a command is enqueued, and by another when it runs.
        double device = 2e-9 * cost.commands();
        assertThat(cost.launched().deviceSeconds()).isCloseTo(device, within(4e-9));
        assertThat(cost.replayed().deviceSeconds()).isCloseTo(device, within(4e-9));
        assertThat(cost.launched().hostSeconds()).isPositive();
        assertThat(cost.replayed().hostSeconds()).isPositive();
    }

    @Test
    void sampledStep_isReplayedAsItWasRun() {
        StepPlan plan = plan("ddp", 1);
        EngineOptions one = new EngineOptions("host", new PlanSample(1, 2), false, TIMEOUT);
        LaunchCost sampled = run(devices(1), one, request(plan)).slowest().orElseThrow();
        LaunchCost whole =
                run(devices(1), options(false), request(plan)).slowest().orElseThrow();
        assertThat(sampled.ops()).isLessThan(whole.ops());
    }

    @ParameterizedTest
    @CsvSource({"false", "true"})
    void stages_areEachMeasuredOnce_andTheSlowestIsTold(boolean alone) {
        StepPlan plan = plan("ddp,pp=4", 8);
        HostDevices devices = devices(alone ? 1 : 8);
        List<HostQueue> recorded = new ArrayList<>();
        Function<HostQueue, Optional<CommandRecorder>> real = devices.recorders;
        devices.recorders = queue -> {
            recorded.add(queue);
            return real.apply(queue);
        };
        LaunchMeter meter = run(devices, options(alone), request(plan));
        assertThat(recorded).hasSize(4);
        // The last one has the loss and its product too.
        assertThat(meter.slowest().orElseThrow().stage()).isEqualTo(3);
        assertThat(meter.reason()).isEmpty();
    }

    @Test
    void nobodyWhoWantsIt_isNothingRecorded() {
        HostDevices devices = devices(1);
        devices.recorders = queue -> {
            throw new AssertionError("nobody asked for a recording");
        };
        try (DeviceEngine engine = new DeviceEngine(devices, options(false))) {
            assertThat(engine.run(request(plan("ddp", 1)))).hasSize(1);
        }
    }

    @Test
    void deviceThatCannot_isSaid() {
        HostDevices devices = devices(1);
        devices.recorders = queue -> Optional.empty();
        LaunchMeter meter = run(devices, options(false), request(plan("ddp", 1)));
        assertThat(meter.slowest()).isEmpty();
        assertThat(meter.reason()).contains("host 0 does not record commands");
    }

    @Test
    void stepThatMayOutlastTheTimeout_isNotReplayed() {
        EngineOptions hasty = new EngineOptions("host", PlanSample.whole(), false, Duration.ofNanos(1));
        LaunchMeter meter = run(devices(1), hasty, request(plan("ddp", 1)));
        assertThat(meter.slowest()).isEmpty();
        assertThat(meter.reason().orElseThrow()).matches("a step takes \\d+ ms, more than a quarter of host.timeout");
    }

    @Test
    void failureWhileRecording_namesTheOp_andLeavesNothing() {
        HostDevices devices = devices(1);
        devices.recorders = queue -> Optional.of(new HostRecorder(queue) {
            @Override
            public Recording record(Runnable commands) {
                super.record(commands).close();
                throw new BackendException("the recorder is full");
            }
        });
        assertThatThrownBy(() -> run(devices, options(false), request(plan("ddp", 1))))
                .isInstanceOf(BackendException.class)
                .hasMessage("the recorder is full");
    }

    @Test
    void faultWhileReplaying_isThatOfTheRank_andClosesTheRecording() {
        HostDevices devices = devices(2);
        devices.recorders = queue -> Optional.of(new HostRecorder(queue) {
            @Override
            public Recording record(Runnable commands) {
                return recording(1, () -> {
                    throw new IllegalStateException("no more");
                });
            }
        });
        assertThatThrownBy(() -> run(devices, options(false), request(plan("ddp", 2))))
                .isInstanceOf(RankFailedException.class)
                .hasMessageContaining("replay of a step")
                .hasMessageContaining("no more");
    }

    @Test
    void cancellation_endsIt() {
        CancellationToken token = CancellationToken.create();
        HostDevices devices = devices(1);
        Function<HostQueue, Optional<CommandRecorder>> real = devices.recorders;
        devices.recorders = queue -> {
            token.cancel();
            return real.apply(queue);
        };
        ExecutionRequest request = new ExecutionRequest(plan("ddp", 1), 0, 1, false, Optional.empty(), token);
        assertThatThrownBy(() -> run(devices, options(false), request)).isInstanceOf(ExecutionCancelledException.class);
    }

    @Test
    void deadline_holdsForItToo() {
        HostDevices devices = devices(1);
        Function<HostQueue, Optional<CommandRecorder>> real = devices.recorders;
        Duration deadline = Duration.ofSeconds(1);
        devices.recorders = queue -> {
            long end = System.nanoTime() + deadline.toNanos();
            while (System.nanoTime() < end) {
                Thread.onSpinWait();
            }
            return real.apply(queue);
        };
        ExecutionRequest request =
                new ExecutionRequest(plan("ddp", 1), 0, 1, false, Optional.of(deadline), CancellationToken.none());
        assertThatThrownBy(() -> run(devices, options(false), request))
                .isInstanceOf(DeadlineExceededException.class)
                .hasMessageContaining("the deadline of 1000 ms passed");
    }
}
