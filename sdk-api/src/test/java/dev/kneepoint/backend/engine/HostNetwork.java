package dev.kneepoint.backend.engine;

import dev.kneepoint.backend.engine.DeviceKernels.At;
import dev.kneepoint.backend.engine.HostDevices.HostQueue;
import dev.kneepoint.plan.CollectiveKind;
import dev.kneepoint.spi.BackendException;
import dev.kneepoint.spi.ReductionOp;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * A network between threads that stand for processes, over {@link HostDevices}. A rank's command has arrived when it gets to
 * the head of its queue; the one that finds all there does the work of all, since others may go on at once. Parts are summed
 * as ranks of one process sum them, so that results have the same bits.
 */
final class HostNetwork {
    private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(20);

    private final HostDevices devices;
    private final List<List<Integer>> processes;
    private final int size;
    private final Map<String, Shared> groups = new HashMap<>();
    private final Map<String, Group> views = new HashMap<>();
    private final Map<Integer, byte[][]> exchanges = new HashMap<>();
    private @Nullable BackendException failure;

    HostNetwork(HostDevices devices, List<List<Integer>> processes) {
        this.devices = devices;
        this.processes = processes;
        this.size = processes.stream().mapToInt(List::size).sum();
    }

    /** What ranks of a group bring to its calls. */
    private static final class Shared {
        final List<Integer> ranks;
        final Map<String, Encounter> calls = new HashMap<>();

        Shared(List<Integer> ranks) {
            this.ranks = ranks;
        }

        Encounter call(String key, int parties) {
            return calls.computeIfAbsent(key, k -> new Encounter(parties));
        }
    }

    /** One call: who has arrived with what. */
    private static final class Encounter {
        final Object[] brought;
        boolean done;

        Encounter(int parties) {
            brought = new Object[parties];
        }

        boolean isFull() {
            return Arrays.stream(brought).noneMatch(b -> b == null);
        }
    }

    RankNetwork process(int number) {
        return new Process(number);
    }

    private <T> T await(Supplier<@Nullable T> wanted) {
        long start = System.nanoTime();
        synchronized (devices) {
            while (true) {
                T found = wanted.get();
                if (found != null) {
                    return found;
                }
                if (failure != null) {
                    throw failure;
                }
                if (System.nanoTime() - start > PATIENCE_NANOS) {
                    throw new BackendException("nobody came");
                }
                try {
                    devices.wait(1);
                } catch (InterruptedException e) {
                    throw new AssertionError(e);
                }
            }
        }
    }

    private final class Process implements RankNetwork {
        private final int number;
        private int exchanged;

        Process(int number) {
            this.number = number;
        }

        @Override
        public int size() {
            return size;
        }

        @Override
        public List<Integer> local() {
            return processes.get(number);
        }

        @Override
        public Reductions reductions() {
            return new Reductions(EnumSet.complementOf(EnumSet.of(DataType.FP64)), EnumSet.allOf(ReductionOp.class));
        }

        @Override
        public List<byte[]> exchange(byte[] mine, boolean patient) {
            int turn = exchanged++;
            byte[][] all;
            synchronized (devices) {
                all = exchanges.computeIfAbsent(turn, t -> new byte[processes.size()][]);
                all[number] = mine;
            }
            return await(() -> Arrays.stream(all).allMatch(b -> b != null) ? List.of(all) : null);
        }

        @Override
        public Map<Integer, RankGroup> split(String name, int[] colours) {
            Map<Integer, RankGroup> out = new HashMap<>();
            synchronized (devices) {
                for (int rank : local()) {
                    if (colours[rank] >= 0) {
                        List<Integer> members = IntStream.range(0, size)
                                .filter(r -> colours[r] == colours[rank])
                                .boxed()
                                .toList();
                        Shared shared = groups.computeIfAbsent(name + members, k -> new Shared(members));
                        int place = members.indexOf(rank);
                        out.put(
                                rank,
                                views.computeIfAbsent(name + members + place, k -> new Group(name, shared, place)));
                    }
                }
            }
            return out;
        }

        @Override
        public Optional<BackendException> failure() {
            synchronized (devices) {
                return Optional.ofNullable(failure);
            }
        }

        @Override
        public void abort(BackendException why) {
            synchronized (devices) {
                failure = failure == null ? why : failure;
            }
        }
    }

    /** A rank's view. */
    private final class Group implements RankGroup {
        private final String name;
        private final Shared shared;
        private final int place;
        private final Map<String, Integer> turns = new HashMap<>();

        Group(String name, Shared shared, int place) {
            this.name = name;
            this.shared = shared;
            this.place = place;
        }

        @Override
        public String name() {
            return name;
        }

        @Override
        public int size() {
            return shared.ranks.size();
        }

        @Override
        public int place() {
            return place;
        }

        private Encounter next(String key, int parties) {
            synchronized (devices) {
                return shared.call(key + turns.merge(key, 1, Integer::sum), parties);
            }
        }

        private DeviceEvent enqueue(
                DeviceQueue queue,
                String op,
                Encounter call,
                int seat,
                Object mine,
                Runnable work,
                DeviceEvent... waits) {
            return ((HostQueue) queue)
                    .enqueue(
                            op,
                            waits,
                            () -> {
                                call.brought[seat] = mine;
                                return call.isFull() || failure != null;
                            },
                            () -> {
                                if (!call.done && call.isFull()) {
                                    call.done = true;
                                    work.run();
                                }
                            });
        }

        @Override
        public DeviceEvent collective(DeviceQueue queue, String op, Call call, DeviceEvent... waits) {
            Encounter meeting = next("collective", size());
            return enqueue(queue, "network", meeting, place, call, () -> perform(meeting), waits);
        }

        private void perform(Encounter meeting) {
            List<Call> calls = Arrays.stream(meeting.brought).map(b -> (Call) b).toList();
            for (Call c : calls) {
                if (c.kind() != calls.getFirst().kind()
                        || c.length() != calls.getFirst().length()) {
                    throw new AssertionError("ranks bring different collectives to " + name + ": " + calls);
                }
            }
            float[][] in = new float[size()][];
            int length = (int) calls.getFirst().length();
            boolean gathers = calls.getFirst().kind() == CollectiveKind.ALL_GATHER;
            for (int i = 0; i < in.length; i++) {
                in[i] = HostBuffer.get(calls.get(i).in(), gathers ? part(length, i) : length);
            }
            for (int i = 0; i < in.length; i++) {
                float[] out = result(calls.get(i), in, i, length);
                HostBuffer.part(calls.get(i).out(), out.length).put(out);
            }
        }

        private int at(int length, int part) {
            return (int) CollectiveCommands.partAt(length, part, size());
        }

        private int part(int length, int part) {
            return at(length, part + 1) - at(length, part);
        }

        private float[] result(Call call, float[][] in, int place, int length) {
            return switch (call.kind()) {
                case ALL_REDUCE -> {
                    float[] out = new float[length];
                    for (int p = 0; p < size(); p++) {
                        System.arraycopy(sum(call, in, p, length), 0, out, at(length, p), part(length, p));
                    }
                    yield out;
                }
                case REDUCE_SCATTER -> sum(call, in, place, length);
                case BROADCAST -> in[0];
                case ALL_GATHER -> {
                    float[] out = new float[length];
                    for (int p = 0; p < size(); p++) {
                        System.arraycopy(in[p], 0, out, at(length, p), in[p].length);
                    }
                    yield out;
                }
                case ALL_TO_ALL -> {
                    int part = part(length, place);
                    float[] out = new float[size() * part];
                    for (int p = 0; p < size(); p++) {
                        System.arraycopy(in[p], at(length, place), out, p * part, part);
                    }
                    yield out;
                }
            };
        }

        /** Rounded after every addend, as arrays are that hold less than single precision. */
        private float[] sum(Call call, float[][] in, int part, int length) {
            DataType type = call.in().buffer().type();
            int from = at(length, part);
            float[] out = Arrays.copyOfRange(in[part], from, at(length, part + 1));
            for (int j = 1; j < size(); j++) {
                float[] other = in[(part + j) % size()];
                for (int i = 0; i < out.length; i++) {
                    out[i] = combine(call.op(), out[i], other[from + i]);
                }
                out = type.unpack(type.pack(out), out.length);
            }
            for (int i = 0; call.op() == ReductionOp.AVG && i < out.length; i++) {
                out[i] *= 1f / size();
            }
            return out;
        }

        private static float combine(ReductionOp op, float all, float one) {
            return switch (op) {
                case SUM, AVG -> all + one;
                case PROD -> all * one;
                case MIN -> Math.min(all, one);
                case MAX -> Math.max(all, one);
            };
        }

        @Override
        public DeviceEvent send(DeviceQueue queue, String op, int to, At from, long elements, DeviceEvent... waits) {
            Encounter message = next(place + ">" + to + " ", 2);
            return enqueue(queue, "network", message, 0, from, () -> deliver(message, elements), waits);
        }

        @Override
        public DeviceEvent receive(DeviceQueue queue, String op, int from, At to, long elements, DeviceEvent... waits) {
            Encounter message = next(from + ">" + place + " ", 2);
            return enqueue(queue, "network", message, 1, to, () -> deliver(message, elements), waits);
        }

        @Override
        public DeviceEvent exchange(DeviceQueue queue, String op, int to, At out, int from, At in, long elements) {
            // Who receives finds the value of the moment when all have come.
            Encounter all = next("exchange", size());
            At[] mine = {out, in};
            return enqueue(queue, "network", all, place, mine, () -> {
                float[][] values = new float[size()][];
                for (int p = 0; p < size(); p++) {
                    values[p] = HostBuffer.get(((At[]) all.brought[p])[0], (int) elements);
                }
                for (int p = 0; p < size(); p++) {
                    HostBuffer.part(((At[]) all.brought[(p + 1) % size()])[1], elements)
                            .put(values[p]);
                }
            });
        }

        private void deliver(Encounter message, long elements) {
            float[] values = HostBuffer.get((At) message.brought[0], (int) elements);
            HostBuffer.part((At) message.brought[1], elements).put(values);
        }

        @Override
        public long[] max(long[] mine) {
            Encounter call = next("max", size());
            synchronized (devices) {
                call.brought[place] = mine;
            }
            Encounter full = await(() -> call.isFull() ? call : null);
            long[] out = mine.clone();
            for (Object one : full.brought) {
                long[] other = (long[]) one;
                if (other.length != out.length) {
                    throw new AssertionError("ranks compare different things in " + name);
                }
                for (int i = 0; i < out.length; i++) {
                    out[i] = Math.max(out[i], other[i]);
                }
            }
            return out;
        }
    }

    /** The devices of a process. */
    DeviceSet devicesOf(int process) {
        List<Integer> ranks = new ArrayList<>(processes.get(process));
        return new DeviceSet() {
            @Override
            public Device device(int rank) {
                return devices.device(ranks.get(rank));
            }

            @Override
            public DeviceKernels kernels(int rank) {
                return devices.kernels(ranks.get(rank));
            }

            @Override
            public boolean direct() {
                return devices.direct();
            }

            @Override
            public BackendException located(BackendException failure, int place, int rank, String op) {
                return failure;
            }
        };
    }
}
