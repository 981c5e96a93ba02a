package dev.kneepoint.backend.cpu;

import dev.kneepoint.metrics.SegmentTotals;
import dev.kneepoint.metrics.TimeClass;
import dev.kneepoint.plan.Block;
import dev.kneepoint.plan.Op;
import dev.kneepoint.plan.Overlap;
import dev.kneepoint.plan.RankProgram;
import dev.kneepoint.plan.Segment;
import dev.kneepoint.plan.SegmentKind;
import dev.kneepoint.plan.SlotOrder;
import dev.kneepoint.plan.StepPlan;
import dev.kneepoint.plan.StreamKind;
import dev.kneepoint.spi.OpSizes;
import dev.kneepoint.spi.RankFailedException;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** A rank: issues its program, runs compute ops on its own thread and transfers on streams beside it. */
final class RankRun implements Runnable {
    private static final StreamKind[] STREAMS = StreamKind.values();

    private final int rank;
    private final StepPlan plan;
    private final RankProgram program;
    private final CpuOptions options;
    private final RunControl control;
    private final Fabric fabric;
    private final StepGate gate;
    private final Lane lane;
    private final @Nullable StreamWorker[] workers = new StreamWorker[STREAMS.length];
    private final EventTable events = new EventTable();
    private final RankBuffers buffers;
    private final ComputeOps compute;
    private final RankComms comms;
    private final RankFaults faults;
    private final boolean records;
    private TimeSplit time = new TimeSplit();
    private SegmentTotals totals = new SegmentTotals();

    RankRun(
            int rank,
            StepPlan plan,
            CpuOptions options,
            RunControl control,
            Fabric fabric,
            StepGate gate,
            boolean records) {
        this.rank = rank;
        this.plan = plan;
        this.program = plan.programs().get(fabric.stage(rank));
        this.options = options;
        this.control = control;
        this.fabric = fabric;
        this.gate = gate;
        this.records = records;
        this.lane = control.lane(rank, StreamKind.COMPUTE);
        OpSizes sizes = new OpSizes(plan, program);
        this.buffers = new RankBuffers(rank, sizes);
        this.compute = new ComputeOps(rank, control, buffers, sizes, options);
        this.comms = new RankComms(rank, control, fabric, buffers, options.checks());
        this.faults = new RankFaults(rank, options.faults(), control);
    }

    @Override
    public void run() {
        try {
            while (gate.begin(lane)) {
                step();
                lane.op = "";
                gate.end(rank, new RankStep(time.copy(), totals));
            }
        } catch (RuntimeException | Error e) {
            control.fail(lane, e);
        } finally {
            lane.ended = true;
            for (StreamWorker w : workers) {
                if (w != null) {
                    w.close();
                    w.join();
                }
            }
        }
    }

    private void step() {
        time = new TimeSplit();
        totals = new SegmentTotals();
        for (StreamKind stream : STREAMS) {
            control.lane(rank, stream).clear();
        }
        time.start(gate.start());
        SlotOrder order = program.order();
        for (int slot = 0; slot < order.slots(); slot++) {
            long code = order.code(slot);
            segment(program.segment(order.kindOf(code), SlotOrder.chunkOf(code)));
        }
        segment(program.segment(SegmentKind.STEP, 0));
        for (StreamKind stream : STREAMS) {
            drain(stream);
        }
        time.spend(TimeClass.LAUNCH, System.nanoTime());
    }

    private void segment(Segment s) {
        int global = s.chunk() * plan.programs().size() + program.stage();
        boolean ends = global == plan.layout().chunkLayers().size() - 1;
        buffers.begin(
                switch (s.kind()) {
                    case FORWARD, FORWARD_FIRST -> global == 0;
                    case BACKWARD, BACKWARD_LAST -> ends;
                    case WEIGHT, WEIGHT_LAST, STEP -> true;
                });
        events.beginSegment();
        double[] before = time.copy();
        for (Block b : s.blocks()) {
            int runs = Math.min(b.repeat(), options.sample().layers());
            double[] atBlock = time.copy();
            for (int i = 0; i < runs; i++) {
                for (Op op : b.ops()) {
                    issue(op, s.chunk());
                }
            }
            if (runs < b.repeat()) {
                time.multiplySince(atBlock, (double) b.repeat() / runs);
            }
        }
        for (StreamKind stream : STREAMS) {
            if (stream != StreamKind.GRADIENT) {
                drain(stream);
            }
        }
        time.spend(TimeClass.LAUNCH, System.nanoTime());
        totals.add(s.kind(), s.chunk(), before, time.copy());
    }

    private void issue(Op op, int chunk) {
        control.check();
        lane.op = op.name();
        Optional<Fault.Kind> fault = faults.at(op.name());
        if (fault.isPresent() && fault.get() == Fault.Kind.SKIP) {
            return;
        }
        switch (op) {
            case Op.Collective c -> collective(c, fault);
            case Op.SendReceive t -> transfer(t, chunk, fault);
            case Op.Matmul m -> kernel(m, fault);
            case Op.Attention a -> kernel(a, fault);
            case Op.MemoryBound m -> kernel(m, fault);
            case Op.OptimizerStep o -> kernel(o, fault);
        }
    }

    private void kernel(Op op, Optional<Fault.Kind> fault) {
        awaitEvents(op.waits(), op.name());
        long start = System.nanoTime();
        time.spend(TimeClass.LAUNCH, start);
        compute.run(op, fault.isPresent() && fault.get() == Fault.Kind.NAN);
        faults.slowDown(start);
        time.spend(TimeClass.COMPUTE, ran(lane, op.name(), start));
        op.signals().ifPresent(events::computed);
    }

    /** Notes that something ran until now; returns now, so that classes of time and busy times agree. */
    private long ran(Lane where, String op, long start) {
        long now = System.nanoTime();
        where.ran(start, now);
        if (records) {
            where.span(op, start - gate.start(), now - gate.start());
        }
        return now;
    }

    /** Waits for transfers; one that must have been issued, but was not, is found out here. */
    private void awaitEvents(List<String> names, String op) {
        for (String name : names) {
            EventTable.Signal signal = events.get(name);
            if (signal != null) {
                await(signal.task());
                signal.weights().ifPresent(buffers::use);
            } else if (EventTable.mustExist(name)) {
                throw new RankFailedException(
                        rank,
                        op,
                        "waits for '" + name + "', which no transfer before it signals; its input is uninitialised");
            }
        }
    }

    private void await(StreamWorker.Task task) {
        if (task.done) {
            return;
        }
        time.spend(TimeClass.LAUNCH, System.nanoTime());
        control.await(lane, "for '" + task.op + "'", rank, task.stream, () -> task.done);
        time.spend(TimeClass.STRAGGLER, task.allArrived, TimeClass.EXPOSED_COMMUNICATION, System.nanoTime());
    }

    private void drain(StreamKind stream) {
        StreamWorker worker = workers[stream.ordinal()];
        StreamWorker.Task task = worker == null ? null : worker.unfinished();
        if (task != null) {
            await(task);
        }
    }

    private void collective(Op.Collective c, Optional<Fault.Kind> fault) {
        Optional<RankComms.Prepared> prepared = comms.prepare(c, fault);
        if (prepared.isEmpty()) {
            c.signals()
                    .ifPresent(e -> events.signal(e, StreamWorker.Task.ended(c.name(), c.stream()), Optional.empty()));
            return;
        }
        StreamWorker.Task after = events.otherStream(c.waits(), c.stream());
        StreamWorker.Task task = new StreamWorker.Task(
                c.name(), c.stream(), after, prepared.get().body());
        c.signals().ifPresent(e -> events.signal(e, task, prepared.get().weights()));
        if (c.overlap() == Overlap.BLOCKING) {
            blocking(task);
        } else {
            worker(c.stream()).submit(task);
        }
    }

    /** Runs on this thread when its stream is free, which spares two hand-overs. */
    private void blocking(StreamWorker.Task task) {
        StreamWorker worker = workers[task.stream.ordinal()];
        if (worker != null && worker.unfinished() != null) {
            worker.submit(task);
            await(task);
            return;
        }
        time.spend(TimeClass.LAUNCH, System.nanoTime());
        Lane stream = control.lane(rank, task.stream);
        // The stream is busy while its rank waits for it: one that waits for an idle stream waits for itself.
        stream.pending.incrementAndGet();
        lane.waiting = new Lane.Wait("for '" + task.op + "'", rank, task.stream, System.nanoTime(), () -> task.done);
        try {
            StreamWorker.run(control, stream, task, records ? gate : null);
        } finally {
            lane.waiting = null;
            stream.pending.decrementAndGet();
        }
        time.spend(TimeClass.STRAGGLER, task.allArrived, TimeClass.EXPOSED_COMMUNICATION, System.nanoTime());
    }

    private StreamWorker worker(StreamKind stream) {
        StreamWorker known = workers[stream.ordinal()];
        if (known == null) {
            known = new StreamWorker(control, control.lane(rank, stream), records ? gate : null);
            workers[stream.ordinal()] = known;
        }
        return known;
    }

    private void transfer(Op.SendReceive t, int chunk, Optional<Fault.Kind> fault) {
        long start = System.nanoTime();
        time.spend(TimeClass.LAUNCH, start);
        if (t.send()) {
            Mailboxes.Address to = fabric.beyond(rank, chunk, t.towardsLast());
            fabric.mailboxes().send(to, comms.message(t, fault));
            control.wake(control.lane(to.rank(), StreamKind.COMPUTE));
        } else {
            int from = fabric.sender(rank, t.towardsLast());
            Mailboxes.Address mine = new Mailboxes.Address(rank, chunk, t.towardsLast());
            control.await(
                    lane,
                    "for a message",
                    from,
                    StreamKind.COMPUTE,
                    () -> fabric.mailboxes().has(mine));
            start = System.nanoTime();
            time.spend(TimeClass.BUBBLE, start);
            float[] message = fabric.mailboxes().take(mine);
            if (message != null) {
                comms.receive(t, from, message);
            }
        }
        time.spend(TimeClass.EXPOSED_COMMUNICATION, ran(control.lane(rank, StreamKind.PIPELINE), t.name(), start));
    }
}
