package dev.kneepoint.backend.engine;

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
 * the head of its queue; the one that finds all there does the work of all, since others may go on at once.
 */
final class HostNetwork {
    private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(20);

    private final HostDevices devices;
    private final List<List<Integer>> processes;
    private final int size;
    private final Map<String, HostMeetings> groups = new HashMap<>();
    private final Map<String, HostGroup> views = new HashMap<>();
    private final Map<Integer, byte[][]> exchanges = new HashMap<>();
    private @Nullable BackendException failure;

    HostNetwork(HostDevices devices, List<List<Integer>> processes) {
        this.devices = devices;
        this.processes = processes;
        this.size = processes.stream().mapToInt(List::size).sum();
    }

    /** That of the devices, for a rank's call may run a command. */
    Object monitor() {
        return devices.scheduler();
    }

    boolean failed() {
        return failure != null;
    }

    RankNetwork process(int number) {
        return new Process(number);
    }

    <T> T await(Supplier<@Nullable T> wanted) {
        long start = System.nanoTime();
        synchronized (monitor()) {
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
                    monitor().wait(1);
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
            synchronized (monitor()) {
                all = exchanges.computeIfAbsent(turn, t -> new byte[processes.size()][]);
                all[number] = mine;
            }
            return await(() -> Arrays.stream(all).allMatch(b -> b != null) ? List.of(all) : null);
        }

        @Override
        public Map<Integer, RankGroup> split(String name, int[] colours) {
            Map<Integer, RankGroup> out = new HashMap<>();
            synchronized (monitor()) {
                for (int rank : local()) {
                    if (colours[rank] >= 0) {
                        List<Integer> members = IntStream.range(0, size)
                                .filter(r -> colours[r] == colours[rank])
                                .boxed()
                                .toList();
                        HostMeetings shared =
                                groups.computeIfAbsent(name + members, k -> new HostMeetings(members.size()));
                        int place = members.indexOf(rank);
                        out.put(
                                rank,
                                views.computeIfAbsent(
                                        name + members + place,
                                        k -> new HostGroup(HostNetwork.this, name, shared, place)));
                    }
                }
            }
            return out;
        }

        @Override
        public Optional<BackendException> failure() {
            synchronized (monitor()) {
                return Optional.ofNullable(failure);
            }
        }

        @Override
        public void abort(BackendException why) {
            synchronized (monitor()) {
                failure = failure == null ? why : failure;
            }
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
