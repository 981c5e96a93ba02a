package dev.kneepoint.backend.sim;

import dev.kneepoint.cost.Contention;
import dev.kneepoint.cost.LoweredSegment;
import dev.kneepoint.metrics.TimeClass;
import dev.kneepoint.plan.OpEvents;
import dev.kneepoint.plan.StreamKind;
import java.util.Arrays;

/**
 * Runs one segment on one rank, event by event: a host that issues ops in order and may run two block runs ahead of the
 * device, streams that run their ops in order, and rates that fall while things run beside each other. Time is in whole
 * picoseconds, and everything that the future depends on is relative to now; so when the state after a run of a repeated
 * block equals the state after the run before, the rest of the runs can be skipped without changing a bit.
 */
final class SegmentEngine {
    private static final int STREAMS = StreamKind.values().length;
    private static final int COMPUTE = StreamKind.COMPUTE.ordinal();
    private static final int GRADIENT = StreamKind.GRADIENT.ordinal();
    private static final int RUN_AHEAD = 2;

    private final boolean folds;
    private final StreamQueue[] queues = new StreamQueue[STREAMS];
    private final StreamRates rates;
    private final int[] eventStream = new int[OpEvents.COUNT];
    private final long[] eventSequence = new long[OpEvents.COUNT];
    private final Occupancy occupancy = new Occupancy();
    private final SpanRecorder recorder;

    private LoweredSegment segment;
    private long now;
    private long hostFree;
    private int issueBlock;
    private int issueRun;
    private int issueOp;
    private long runsIssued;
    private final long[] runEnds = new long[RUN_AHEAD];
    private long runsDone;
    private int doneBlock;
    private int doneRun;
    private long origin;
    private long carry;
    private final FoldPoint fold = new FoldPoint();

    SegmentEngine(Contention contention, boolean folds, SpanRecorder recorder, LoweredSegment first) {
        this.folds = folds;
        this.recorder = recorder;
        this.segment = first;
        for (int i = 0; i < STREAMS; i++) {
            queues[i] = new StreamQueue();
        }
        this.rates = new StreamRates(contention, queues);
    }

    /** What the streams did during the latest run. */
    Occupancy occupancy() {
        return occupancy;
    }

    /** Gradient backlog that the latest run left. */
    long carry() {
        return carry;
    }

    /**
     * Runs a segment.
     *
     * @param lowered the segment
     * @param backlog gradient backlog at its start
     * @param start start of the segment in the step, for spans
     * @return its duration
     */
    long run(LoweredSegment lowered, long backlog, long start) {
        reset(lowered, backlog, start);
        while (true) {
            issue();
            if (finished()) {
                break;
            }
            advance();
            foldIfSettled();
        }
        carry = queues[GRADIENT].backlog();
        return now;
    }

    private void reset(LoweredSegment lowered, long backlog, long start) {
        segment = lowered;
        now = 0;
        hostFree = 0;
        issueBlock = 0;
        issueRun = 0;
        issueOp = lowered.blocks() > 0 ? lowered.start(0) : 0;
        runsIssued = 0;
        runsDone = 0;
        doneBlock = 0;
        doneRun = 0;
        fold.clear();
        origin = start;
        occupancy.clear();
        for (StreamQueue q : queues) {
            q.clear();
        }
        Arrays.fill(eventStream, -1);
        if (backlog > 0) {
            queues[GRADIENT].push(StreamRates.CARRY, 0, -1, 0, backlog);
            signal(OpEvents.REDUCED, GRADIENT);
        }
    }

    private boolean allIssued() {
        return issueBlock >= segment.blocks();
    }

    private boolean finished() {
        if (!allIssued()) {
            return false;
        }
        for (int i = 0; i < STREAMS; i++) {
            if (i != GRADIENT && !queues[i].isEmpty()) {
                return false;
            }
        }
        return true;
    }

    /** The host issues until it is two block runs ahead of the device. */
    private void issue() {
        while (!allIssued() && runsIssued - runsDone < RUN_AHEAD) {
            issueOne(issueOp);
            issueOp++;
            if (issueOp == segment.start(issueBlock + 1)) {
                nextRun();
                retireRuns();
            }
        }
    }

    private void nextRun() {
        runEnds[(int) (runsIssued % runEnds.length)] = queues[COMPUTE].issued();
        runsIssued++;
        issueRun++;
        if (issueRun == segment.repeat(issueBlock)) {
            issueRun = 0;
            issueBlock++;
        }
        issueOp = allIssued() ? 0 : segment.start(issueBlock);
    }

    private void issueOne(int op) {
        hostFree += segment.host(op);
        int event = segment.waits(op);
        int waitStream = event < 0 ? -1 : eventStream[event];
        long waitSequence = waitStream < 0 ? 0 : eventSequence[event];
        int stream = segment.stream(op);
        int type = segment.type(op);
        boolean background = type == LoweredSegment.BACKGROUND;
        if (type == LoweredSegment.BLOCKING) {
            waitStream = stream;
            waitSequence = queues[stream].issued();
        }
        int on = background ? stream : COMPUTE;
        long computeSequence = background && segment.afterCompute(op) ? queues[COMPUTE].issued() : 0;
        queues[on].push(op, hostFree, waitStream, waitSequence, computeSequence, segment.work(op));
        if (segment.signals(op) >= 0) {
            signal(segment.signals(op), on);
        }
    }

    private void signal(int event, int stream) {
        eventStream[event] = stream;
        eventSequence[event] = queues[stream].issued();
    }

    /** Starts what can start, then moves to the next moment at which something changes. */
    private void advance() {
        long wake = Long.MAX_VALUE;
        for (int i = 0; i < STREAMS; i++) {
            StreamQueue q = queues[i];
            if (!q.isEmpty() && !q.running() && satisfied(q)) {
                if (q.headIssued() <= now) {
                    q.start(now);
                } else {
                    wake = Math.min(wake, q.headIssued());
                }
            }
        }
        rates.observe(segment);
        long step = wake == Long.MAX_VALUE ? Long.MAX_VALUE : wake - now;
        for (int i = 0; i < STREAMS; i++) {
            if (queues[i].running()) {
                step = Math.min(step, queues[i].timeLeft(rates.of(i)));
            }
        }
        if (step == Long.MAX_VALUE) {
            throw new IllegalStateException("segment deadlocks: no op can start");
        }
        boolean blocks = queues[COMPUTE].running() && !rates.kernel();
        int blocking = blocks ? segment.stream(queues[COMPUTE].headOp()) : -1;
        occupancy.add(step, timeClass(wake), queues, blocking);
        for (int i = 0; i < STREAMS; i++) {
            if (queues[i].running()) {
                queues[i].progress(step, rates.of(i));
            }
        }
        now += step;
        complete();
    }

    private boolean satisfied(StreamQueue q) {
        int stream = q.headWaitStream();
        return (stream < 0 || queues[stream].completed() >= q.headWaitSequence())
                && queues[COMPUTE].completed() >= q.headComputeSequence();
    }

    private TimeClass timeClass(long wake) {
        if (rates.kernel()) {
            return TimeClass.COMPUTE;
        }
        if (rates.transfers() || queues[COMPUTE].running()) {
            return TimeClass.EXPOSED_COMMUNICATION;
        }
        return wake < Long.MAX_VALUE ? TimeClass.LAUNCH : TimeClass.IDLE;
    }

    private void complete() {
        for (int i = 0; i < STREAMS; i++) {
            StreamQueue q = queues[i];
            if (q.running() && q.done()) {
                int op = q.headOp();
                if (op != StreamRates.CARRY) {
                    int shown = i == COMPUTE ? segment.stream(op) : i;
                    boolean kernel = segment.type(op) == LoweredSegment.KERNEL;
                    recorder.span(segment.name(op), shown, origin + q.startedAt(), origin + now, kernel);
                }
                q.pop();
            }
        }
        retireRuns();
    }

    /** A run is done when its last compute op is; a run of transfers alone never holds the host back. */
    private void retireRuns() {
        while (runsDone < runsIssued && queues[COMPUTE].completed() >= runEnds[(int) (runsDone % runEnds.length)]) {
            runsDone++;
            if (runsIssued - runsDone == RUN_AHEAD - 1) {
                hostFree = Math.max(hostFree, now);
            }
            doneRun++;
            if (doneRun == segment.repeat(doneBlock)) {
                doneRun = 0;
                doneBlock++;
            }
        }
    }

    /** Skips the runs of the current block that would only repeat the latest one. */
    private void foldIfSettled() {
        if (!folds || doneRun == 0 || doneBlock != issueBlock || fold.isAt(doneBlock, doneRun)) {
            return;
        }
        boolean settled = fold.settled(doneBlock, doneRun, this::capture);
        int skip = segment.repeat(doneBlock) - 1 - issueRun;
        if (settled && skip > 0) {
            long shift = skip * (now - fold.time());
            occupancy.addMultiple(fold.occupancy(), skip);
            now += shift;
            hostFree += shift;
            for (StreamQueue q : queues) {
                q.shift(shift);
            }
            issueRun += skip;
            doneRun += skip;
        }
        fold.set(doneBlock, doneRun, now, occupancy);
    }

    /** All that the future depends on, relative to now. */
    private long[] capture(long[] reused) {
        int size = 4 + STREAMS * StreamQueue.STATE + 2 * OpEvents.COUNT;
        for (StreamQueue q : queues) {
            size += q.stateSize();
        }
        long[] state = reused.length == size ? reused : new long[size];
        int at = 0;
        state[at++] = (long) issueRun - doneRun;
        state[at++] = issueOp;
        state[at++] = Math.max(0, hostFree - now);
        state[at++] = runsIssued - runsDone;
        for (StreamQueue q : queues) {
            at = q.capture(state, at, now, queues);
        }
        for (int e = 0; e < OpEvents.COUNT; e++) {
            int stream = eventStream[e];
            state[at++] = stream;
            state[at++] = stream < 0 ? 0 : Math.max(0, eventSequence[e] - queues[stream].completed());
        }
        return state;
    }
}
