package dev.kneepoint.backend.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import dev.kneepoint.backend.engine.CommandRecorder;
import dev.kneepoint.backend.engine.DataType;
import dev.kneepoint.backend.engine.Device;
import dev.kneepoint.backend.engine.DeviceBuffer;
import dev.kneepoint.backend.engine.DeviceEngine;
import dev.kneepoint.backend.engine.DeviceKernels;
import dev.kneepoint.backend.engine.DeviceMemory;
import dev.kneepoint.backend.engine.DeviceQueue;
import dev.kneepoint.backend.engine.DeviceSet;
import dev.kneepoint.backend.engine.EngineOptions;
import dev.kneepoint.backend.engine.LaunchMeter;
import dev.kneepoint.backend.engine.NumberFormats;
import dev.kneepoint.backend.engine.StepMeter;
import dev.kneepoint.plan.PlanSample;
import dev.kneepoint.plan.StepPlan;
import dev.kneepoint.spi.BackendException;
import dev.kneepoint.spi.CancellationToken;
import dev.kneepoint.spi.ExecutionRequest;
import dev.kneepoint.workload.Precision;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Kernels compute for real: steps that graphs replay leave every array of a rank as the same launches leave it. */
@RequiresCompiler({"g++", "gcc", "nm"})
class GraphBitsTest {
    private static final Duration TIMEOUT = Duration.ofSeconds(60);

    /** A device that remembers its buffers, and may launch a step anew where a graph of it is launched. */
    private record Watched(CudaDevice device, boolean graphs, Map<DeviceBuffer, Long> buffers)
            implements Device, DeviceMemory {
        @Override
        public String name() {
            return device.name();
        }

        @Override
        public long memoryBytes() {
            return device.memoryBytes();
        }

        @Override
        public long allocationBytes() {
            return device.allocationBytes();
        }

        @Override
        public int memoryNumber() {
            return device.memoryNumber();
        }

        @Override
        public NumberFormats formats(Precision precision) {
            return device.formats(precision);
        }

        @Override
        public DeviceMemory memory() {
            return this;
        }

        @Override
        public DeviceQueue queue() {
            return device.queue();
        }

        @Override
        public Optional<CommandRecorder> recorder() {
            return device.recorder().map(real -> new Measured(real, graphs));
        }

        @Override
        public DeviceBuffer allocate(DataType type, long elements) {
            DeviceBuffer buffer = device.memory().allocate(type, elements);
            buffers.put(buffer, elements);
            return buffer;
        }

        @Override
        public void release(DeviceBuffer buffer) {
            buffers.remove(buffer);
            device.memory().release(buffer);
        }

        /** What the buffers hold, in the order in which they were made. */
        List<String> contents() {
            List<String> out = new ArrayList<>();
            try (DeviceQueue queue = device.queue()) {
                buffers.forEach((buffer, elements) -> {
                    if (buffer.type() != DataType.INT32) {
                        float[] values = queue.read(buffer, Math.toIntExact(elements));
                        out.add(buffer.type() + " x " + elements + ": " + Arrays.hashCode(values));
                    }
                });
            }
            return out;
        }
    }

    /** Says that a step takes a second, so that as many follow each other every time; without graphs, launches them anew. */
    private record Measured(CommandRecorder real, boolean graphs) implements CommandRecorder {
        @Override
        public DeviceQueue queue() {
            return real.queue();
        }

        @Override
        public long time(Runnable commands) {
            real.time(commands);
            return Duration.ofSeconds(1).toNanos();
        }

        @Override
        public Recording record(Runnable commands) {
            return graphs ? real.record(commands) : new Again(commands);
        }

        @Override
        public void close() {
            real.close();
        }
    }

    private record Again(Runnable step) implements CommandRecorder.Recording {
        @Override
        public long commands() {
            return 1;
        }

        @Override
        public void launch() {
            step.run();
        }

        @Override
        public void close() {}
    }

    private record Devices(CudaSession session, Watched watched) implements DeviceSet {
        @Override
        public Device device(int rank) {
            return watched;
        }

        @Override
        public DeviceKernels kernels(int rank) {
            return session.kernels(rank);
        }

        @Override
        public boolean direct() {
            return session.direct();
        }

        @Override
        public BackendException located(BackendException failure, int place, int rank, String op) {
            return session.located(failure, place, rank, op);
        }
    }

    /** What the arrays of a rank hold at the end, with what driver was asked. */
    private static List<String> contents(DoubleConfig machine, StepPlan plan, boolean graphs) {
        CudaDouble driver = CudaDouble.reset(machine);
        List<CudaDeviceInfo> found = CudaDiscovery.devices();
        BlasLibraries blas =
                BlasLibraries.of(CublasLibrary.open(NativeDoubles.cublas().toString()), found);
        List<String> out;
        try (CudaSession session = CudaSession.open(found, TIMEOUT, blas, false)) {
            Watched watched = new Watched(session.device(0), graphs, new LinkedHashMap<>());
            EngineOptions options = new EngineOptions("cuda", PlanSample.whole(), false, TIMEOUT);
            try (DeviceEngine engine = new DeviceEngine(new Devices(session, watched), options)) {
                LaunchMeter meter = new LaunchMeter(true);
                engine.run(
                        new ExecutionRequest(plan, 0, 1, false, Optional.empty(), CancellationToken.none()),
                        StepMeter.NONE,
                        meter);
                assertThat(meter.slowest()).isPresent();
                out = watched.contents();
            }
        }
        Machine.isClean(driver);
        assertThat(driver.counts().containsKey("cuGraphLaunch")).isEqualTo(graphs);
        return out;
    }

    @ParameterizedTest
    @CsvSource({"FP32, 80", "BF16, 80", "FP16, 75", "FP8, 90"})
    void replayedSteps_leaveTheBitsOfLaunchedOnes(Precision precision, int capability) {
        DoubleConfig machine = DoubleConfig.of(DoubleConfig.Device.A100.withCapability(capability));
        StepPlan plan = Runs.plan("ddp", 1, precision);
        List<String> replayed = contents(machine, plan, true);
        assertThat(replayed).hasSizeGreaterThan(10).doesNotHaveDuplicates();
        assertThat(replayed).isEqualTo(contents(machine, plan, false));
    }
}
