package dev.kneepoint.backend.engine;

import dev.kneepoint.plan.Block;
import dev.kneepoint.plan.Op;
import dev.kneepoint.plan.RankProgram;
import dev.kneepoint.plan.Segment;
import dev.kneepoint.plan.SegmentKind;
import dev.kneepoint.plan.SlotOrder;
import dev.kneepoint.plan.StreamKind;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;

/** A rank: issues its program to its device, ahead of the device by a bounded number of ops. Confined to its thread. */
final class RankRun {
    /** Most ops that the host is ahead of the device: enough to hide issuing, few enough to stop soon. */
    private static final int AHEAD = 64;

    private static final int CLOCK_TRIES = 4;

    private final RankProgram program;
    private final int layers;
    private final RunControl control;
    private final StepGate gate;
    private final RankState state;
    private final ComputeOps compute;
    private final Transfers transfers;
    private final Links links;
    private final DeviceClock clock;
    private final Deque<Work> ahead = new ArrayDeque<>();

    /**
     * A rank.
     *
     * @param layers most layers of a run of equal ones
     */
    RankRun(
            RankProgram program,
            int layers,
            RunControl control,
            StepGate gate,
            RankState state,
            ComputeOps compute,
            Transfers transfers,
            Links links) {
        this.program = program;
        this.layers = layers;
        this.control = control;
        this.gate = gate;
        this.state = state;
        this.compute = compute;
        this.transfers = transfers;
        this.links = links;
        this.clock = new DeviceClock(state.seat, state.seat.queue(StreamKind.COMPUTE));
    }

    int rank() {
        return state.rank;
    }

    int place() {
        return state.place;
    }

    /** Runs all steps. */
    void run() {
        compute.prepare(program);
        for (int step = 0; step < gate.steps(); step++) {
            clock.sync(CLOCK_TRIES);
            long start = links.begin(clock, gate.begin(state.place, step));
            step();
            control.at(state.place, "");
            long end = links.end(start, gate.end(state.place, step, state.log.harvest(clock)));
            gate.keep(step, state, start, end);
            state.log.clear();
            state.arrays.settle();
        }
    }

    /** Waits for the device; for use after a failure. */
    void settle() {
        state.seat.finish();
    }

    /** Releases all events, once every rank has settled. */
    void abandon() {
        state.log.clear();
    }

    private void step() {
        state.beginStep();
        ahead.clear();
        SlotOrder order = program.order();
        for (int slot = 0; slot < order.slots(); slot++) {
            long code = order.code(slot);
            segment(program.segment(order.kindOf(code), SlotOrder.chunkOf(code)));
        }
        segment(program.segment(SegmentKind.STEP, 0));
        state.awaitEnqueued(state.blockers);
        state.seat.finish();
    }

    private void segment(Segment s) {
        state.beginSegment();
        int from = state.log.size();
        for (Block b : s.blocks()) {
            int runs = Math.min(b.repeat(), layers);
            state.log.window(s.kind(), s.chunk(), from, 1, false);
            from = state.log.size();
            for (int i = 0; i < runs; i++) {
                for (Op op : b.ops()) {
                    issue(op, s.chunk());
                }
            }
            state.log.window(s.kind(), s.chunk(), from, (double) b.repeat() / runs, false);
            from = state.log.size();
        }
        state.drain(s.kind() == SegmentKind.STEP);
        state.log.window(s.kind(), s.chunk(), from, 1, true);
    }

    private void issue(Op op, int chunk) {
        control.check();
        control.at(state.place, op.name());
        switch (op) {
            case Op.Collective c -> transfers.collective(c);
            case Op.SendReceive t when t.send() -> transfers.send(t, chunk);
            case Op.SendReceive t -> transfers.receive(t, chunk);
            case Op.Matmul m -> kernel(m);
            case Op.Attention a -> kernel(a);
            case Op.MemoryBound m -> kernel(m);
            case Op.OptimizerStep o -> kernel(o);
        }
    }

    private void kernel(Op op) {
        List<Work> after = new ArrayList<>(state.blockers);
        for (EventTable.Signal signal : state.signals(op.waits())) {
            after.add(signal.work());
            signal.weights().ifPresent(w -> state.arrays.use(w, state.computed()));
        }
        after.addAll(arraysAfter(op));
        state.awaitEnqueued(after);
        Work work = new Work(op.name(), StreamKind.COMPUTE, after, null);
        DeviceEvent[] commands = compute.enqueue(op, Work.events(after));
        state.blockers.clear();
        if (commands.length > 0) {
            work.enqueued(commands);
            state.log.add(work, true, 0);
            state.computed(work);
            throttle(work);
        }
        op.signals().ifPresent(e -> state.signal(e, new EventTable.Signal(work, Optional.empty())));
    }

    /** What the arrays demand that a plan's events need not say. */
    private List<Work> arraysAfter(Op op) {
        return switch (op) {
            case Op.OptimizerStep o -> state.arrays.gradientsAfter();
            case Op.Attention a when a.backward() -> state.arrays.keysAfter();
            case Op.Attention a -> List.of();
            case Op.Matmul m -> List.of();
            case Op.MemoryBound m -> List.of();
            case Op.Collective c -> List.of();
            case Op.SendReceive t -> List.of();
        };
    }

    /**
     * Kernels that are enqueued cannot be taken back: no more than a few are, so that a stop is not long in coming. Half of
     * them are awaited at once, since a device that is also the host's CPU pays for waking the host.
     */
    private void throttle(Work work) {
        ahead.add(work);
        if (ahead.size() == AHEAD) {
            List<Work> half = new ArrayList<>();
            while (ahead.size() > AHEAD / 2) {
                half.add(ahead.remove());
            }
            half.getLast().last().await();
        }
    }
}
