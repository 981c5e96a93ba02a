package dev.kneepoint.backend.engine;

import dev.kneepoint.plan.Block;
import dev.kneepoint.plan.Op;
import dev.kneepoint.plan.RankProgram;
import dev.kneepoint.plan.Segment;
import dev.kneepoint.plan.SegmentKind;
import dev.kneepoint.plan.SlotOrder;
import java.util.Arrays;
import java.util.Optional;
import java.util.function.ToDoubleFunction;

/**
 * Measures what launching the compute ops of a rank's step costs: by launches, and by replaying a recording of the same
 * launches, in turn. Every step is the same commands on the same arrays, from the first on. Runs after the steps that
 * count, while nobody else uses the rank's arrays. Confined to one thread.
 */
final class StepReplay {
    private static final int ROUNDS = 5;
    /** A step that follows another finds the device at work; one that is long need not. */
    private static final int MOST_IN_A_ROW = 4;

    private static final double ROW_SECONDS = 0.02;
    private static final double NANO = 1e-9;
    private static final String RECORDING = "recording of a step";
    private static final String REPLAY = "replay of a step";

    private final RankProgram program;
    private final int layers;
    private final RunControl control;
    private final RankState state;
    private final RankSizes sizes;
    private int ops;

    /**
     * Of a rank.
     *
     * @param layers most layers of a run of equal ones
     */
    StepReplay(RankProgram program, int layers, RunControl control, RankState state, RankSizes sizes) {
        this.program = program;
        this.layers = layers;
        this.control = control;
        this.state = state;
        this.sizes = sizes;
    }

    int place() {
        return state.place;
    }

    int stage() {
        return program.stage();
    }

    /**
     * Measures, or says why not.
     *
     * @param meter takes what came of it
     * @param check called from time to time; ends it by an exception
     */
    void measure(LaunchMeter meter, Runnable check) {
        control.at(state.place, RECORDING);
        Optional<CommandRecorder> found = state.seat.device().recorder();
        if (found.isEmpty()) {
            meter.missed(state.seat.device().name() + " does not record commands");
            return;
        }
        try (CommandRecorder recorder = found.get()) {
            meter.measured(measure(recorder, check));
        }
    }

    private LaunchCost measure(CommandRecorder recorder, Runnable check) {
        Runnable step = () -> issue(recorder.queue());
        // The first step makes what kernels make when they are first used, and that must not be recorded.
        time(recorder, step, 1);
        check.run();
        int row = row(time(recorder, step, 1));
        Runnable whole = () -> {
            step.run();
            control.at(state.place, RECORDING);
        };
        control.at(state.place, RECORDING);
        try (CommandRecorder.Recording recording = recorder.record(whole)) {
            Runnable replay = () -> {
                control.at(state.place, REPLAY);
                recording.launch();
            };
            time(recorder, replay, 1);
            LaunchCost.Times[] launched = new LaunchCost.Times[ROUNDS];
            LaunchCost.Times[] replayed = new LaunchCost.Times[ROUNDS];
            for (int i = 0; i < ROUNDS; i++) {
                check.run();
                launched[i] = time(recorder, step, row);
                replayed[i] = time(recorder, replay, row);
            }
            return new LaunchCost(stage(), ops, recording.commands(), median(launched), median(replayed));
        }
    }

    private static int row(LaunchCost.Times one) {
        double fit = ROW_SECONDS / Math.max(one.deviceSeconds(), NANO);
        return (int) Math.clamp(fit, 1, MOST_IN_A_ROW);
    }

    private LaunchCost.Times time(CommandRecorder recorder, Runnable step, int row) {
        long[] host = new long[1];
        long device = recorder.time(() -> {
            long start = System.nanoTime();
            for (int i = 0; i < row; i++) {
                step.run();
            }
            host[0] = System.nanoTime() - start;
        });
        return new LaunchCost.Times(host[0] * NANO / row, device * NANO / row);
    }

    private static LaunchCost.Times median(LaunchCost.Times[] samples) {
        return new LaunchCost.Times(
                median(samples, LaunchCost.Times::hostSeconds), median(samples, LaunchCost.Times::deviceSeconds));
    }

    private static double median(LaunchCost.Times[] samples, ToDoubleFunction<LaunchCost.Times> which) {
        return Arrays.stream(samples).mapToDouble(which).sorted().toArray()[samples.length / 2];
    }

    private void issue(DeviceQueue queue) {
        state.arrays.rewind();
        ops = 0;
        ComputeOps compute = new ComputeOps(state.seat.kernels(), queue, state.arrays, sizes);
        SlotOrder order = program.order();
        for (int slot = 0; slot < order.slots(); slot++) {
            long code = order.code(slot);
            issue(program.segment(order.kindOf(code), SlotOrder.chunkOf(code)), compute);
        }
        issue(program.segment(SegmentKind.STEP, 0), compute);
    }

    private void issue(Segment segment, ComputeOps compute) {
        for (Block b : segment.blocks()) {
            for (int i = 0; i < Math.min(b.repeat(), layers); i++) {
                for (Op op : b.ops()) {
                    issue(op, compute);
                }
            }
        }
    }

    private void issue(Op op, ComputeOps compute) {
        switch (op) {
            case Op.Collective c -> {}
            case Op.SendReceive t -> {}
            case Op.Matmul m -> kernel(m, compute);
            case Op.Attention a -> kernel(a, compute);
            case Op.MemoryBound m -> kernel(m, compute);
            case Op.OptimizerStep o -> kernel(o, compute);
        }
    }

    private void kernel(Op op, ComputeOps compute) {
        control.at(state.place, op.name());
        if (compute.enqueue(op, DeviceKernels.NOTHING).length > 0) {
            ops++;
        }
    }
}
