package dev.kneepoint.backend.cpu;

import dev.kneepoint.backend.host.RunThreads;
import dev.kneepoint.plan.CollectiveKind;
import dev.kneepoint.plan.StreamKind;
import dev.kneepoint.spi.BackendException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/** One collective over the caller's arrays, a thread per rank. */
final class CollectiveRun {
    private CollectiveRun() {}

    static float[][] run(MatrixKernel kernel, CollectiveKind kind, float[][] inputs) {
        int ranks = inputs.length;
        int whole = length(kind, inputs);
        RunControl control = new RunControl(ranks, ranks <= Runtime.getRuntime().availableProcessors());
        List<Integer> members = IntStream.range(0, ranks).boxed().toList();
        Communicator group = new Communicator(control, kernel, kind.label(), members, StreamKind.TENSOR);
        float[][] outputs = new float[ranks][];
        List<Thread> threads = new ArrayList<>();
        for (int rank = 0; rank < ranks; rank++) {
            int r = rank;
            float[] input = inputs[r].clone();
            int part = Communicator.partAt(whole, r + 1, ranks) - Communicator.partAt(whole, r, ranks);
            outputs[r] = switch (kind) {
                case ALL_REDUCE -> input;
                case REDUCE_SCATTER -> new float[part];
                case ALL_TO_ALL -> new float[ranks * part];
                case ALL_GATHER, BROADCAST -> new float[whole];
            };
            threads.add(new Thread(
                    () -> take(control, group, kind, r, whole, input, outputs[r]), "kneepoint-cpu-collective-" + r));
        }
        threads.forEach(Thread::start);
        join(control, threads);
        return outputs;
    }

    private static int length(CollectiveKind kind, float[][] inputs) {
        if (inputs.length == 0) {
            throw new IllegalArgumentException("a collective needs at least one rank's input");
        }
        int sum = Arrays.stream(inputs).mapToInt(i -> i.length).sum();
        for (int i = 0; i < inputs.length; i++) {
            boolean gathers = kind == CollectiveKind.ALL_GATHER;
            int expected = gathers
                    ? Communicator.partAt(sum, i + 1, inputs.length) - Communicator.partAt(sum, i, inputs.length)
                    : inputs[0].length;
            if (inputs[i].length != expected) {
                throw new IllegalArgumentException("rank " + i + " brings " + inputs[i].length + " elements to "
                        + kind.label() + "; it must bring " + expected);
            }
        }
        return kind == CollectiveKind.ALL_GATHER ? sum : inputs[0].length;
    }

    private static void take(
            RunControl control,
            Communicator group,
            CollectiveKind kind,
            int rank,
            int length,
            float[] in,
            float[] out) {
        Lane lane = control.lane(rank, StreamKind.TENSOR);
        lane.op = kind.label();
        try {
            group.run(lane, kind, length, in, out);
        } catch (RuntimeException | Error e) {
            control.fail(lane, e);
        }
    }

    private static void join(RunControl control, List<Thread> threads) {
        RunThreads.join(threads, e -> control.fail(new BackendException("interrupted in a collective", e)));
        BackendException failure = control.failure();
        if (failure != null) {
            throw failure;
        }
    }
}
