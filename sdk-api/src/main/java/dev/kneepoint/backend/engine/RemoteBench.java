package dev.kneepoint.backend.engine;

import dev.kneepoint.plan.CollectiveKind;
import dev.kneepoint.plan.StreamKind;
import dev.kneepoint.spi.BackendException;
import dev.kneepoint.spi.CancellationToken;
import dev.kneepoint.spi.CollectiveBench;
import dev.kneepoint.spi.ElementType;
import dev.kneepoint.spi.ExecutionCancelledException;
import dev.kneepoint.spi.RankPlace;
import dev.kneepoint.spi.TransferCall;
import dev.kneepoint.spi.TransferKind;
import dev.kneepoint.spi.TransferTiming;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLongArray;

/** Times collectives of a network's ranks, on buffers of its own. Confined to the backend's thread. */
final class RemoteBench implements CollectiveBench {
    private static final char SEPARATOR = '\n';
    private static final char CANCELLED = 'c';
    private static final char REFUSED = 'r';

    private final DeviceSet devices;
    private final RankNetwork network;
    private final Seats seats;

    RemoteBench(DeviceSet devices, RankNetwork network, Seats seats) {
        this.devices = devices;
        this.network = network;
        this.seats = seats;
    }

    @Override
    public Set<ElementType> types() {
        Set<ElementType> out = EnumSet.noneOf(ElementType.class);
        for (ElementType type : ElementType.values()) {
            if (DeviceBench.type(devices.device(0), type).isPresent()) {
                out.add(type);
            }
        }
        return out;
    }

    @Override
    public List<RankPlace> places(int ranks) {
        RemoteExchange.checkRanks(network, ranks);
        StringBuilder mine = new StringBuilder(DeviceBench.host());
        for (int place = 0; place < network.local().size(); place++) {
            Device device = devices.device(place);
            mine.append(SEPARATOR).append(device.memoryNumber()).append(' ').append(device.name());
        }
        Map<String, Integer> nodes = new LinkedHashMap<>();
        List<RankPlace> out = new ArrayList<>();
        for (byte[] bytes : network.exchange(mine.toString().getBytes(StandardCharsets.UTF_8), false)) {
            List<String> lines =
                    new String(bytes, StandardCharsets.UTF_8).lines().toList();
            String host = lines.getFirst();
            int node = nodes.computeIfAbsent(host, h -> nodes.size());
            for (String line : lines.subList(1, lines.size())) {
                int space = line.indexOf(' ');
                out.add(new RankPlace(
                        node, host, Integer.parseInt(line.substring(0, space)), line.substring(space + 1)));
            }
        }
        return List.copyOf(out.subList(0, ranks));
    }

    @Override
    public TransferTiming time(TransferCall call, CancellationToken cancellation) {
        RemoteExchange.checkRanks(network, call.ranks());
        List<Integer> ranks =
                network.local().stream().filter(rank -> rank < call.ranks()).toList();
        Optional<String> problem = agree(problem(call, ranks), cancellation, call);
        if (problem.isPresent()) {
            return new TransferTiming.Refused(problem.get());
        }
        int[] colours = new int[network.size()];
        Arrays.fill(colours, call.ranks(), colours.length, -1);
        Map<Integer, RankGroup> groups = call.ranks() == 1 ? Map.of() : network.split("sweep", colours);
        seats.expect(List.of());
        DataType type = DeviceBench.type(devices.device(0), call.type()).orElseThrow();
        try (BenchBuffers buffers = new BenchBuffers(seats, call, type, ranks)) {
            // All have their buffers before any begins, or none begins.
            Optional<String> taken = agree(take(buffers), CancellationToken.none(), call);
            return taken.isPresent() ? new TransferTiming.Refused(taken.get()) : time(call, ranks, groups, buffers);
        } catch (BackendException e) {
            throw network.end(e);
        } finally {
            seats.expect(List.of());
        }
    }

    private static Optional<String> take(BenchBuffers buffers) {
        try {
            buffers.take();
            return Optional.empty();
        } catch (BackendException e) {
            return Optional.of("the buffers cannot be had: " + e.getMessage());
        }
    }

    private Optional<String> problem(TransferCall call, List<Integer> ranks) {
        for (int place = 0; place < ranks.size(); place++) {
            Device device = devices.device(place);
            if (DeviceBench.type(device, call.type()).isEmpty()) {
                return Optional.of(
                        "device '" + device.name() + "' sums no " + call.type().label());
            }
        }
        long longest = Math.max(call.sent(), call.received());
        if (longest > Integer.MAX_VALUE) {
            return Optional.of("at most " + Integer.MAX_VALUE + " elements are moved at once, not " + longest);
        }
        return BenchMemory.problem(call, devices, ranks.size(), true);
    }

    /** What any process has against a call, which then none makes. */
    private Optional<String> agree(Optional<String> mine, CancellationToken cancellation, TransferCall call) {
        String text = cancellation.isCancelled()
                ? String.valueOf(CANCELLED)
                : mine.map(m -> REFUSED + m).orElse("");
        Optional<String> first = Optional.empty();
        for (byte[] bytes : network.exchange(text.getBytes(StandardCharsets.UTF_8), false)) {
            String said = new String(bytes, StandardCharsets.UTF_8);
            if (!said.isEmpty() && said.charAt(0) == CANCELLED) {
                throw new ExecutionCancelledException(
                        "cancelled while timing " + call.kind().label());
            }
            first = said.isEmpty() ? first : first.or(() -> Optional.of(said.substring(1)));
        }
        return first;
    }

    private TransferTiming time(
            TransferCall call, List<Integer> ranks, Map<Integer, RankGroup> groups, BenchBuffers buffers) {
        AtomicLongArray nanos = new AtomicLongArray(Math.max(1, ranks.size()));
        AtomicLongArray wrong = new AtomicLongArray(Math.max(1, ranks.size()));
        RankThreads.run(
                ranks,
                rank -> {
                    int place = ranks.indexOf(rank);
                    Optional<RankGroup> group = Optional.ofNullable(groups.get(rank));
                    buffers.fill(place);
                    calls(call, call.warmup(), place, group, buffers);
                    nanos.set(place, calls(call, call.iterations(), place, group, buffers));
                    if (call.checked()) {
                        buffers.fill(place);
                        calls(call, 1, place, group, buffers);
                        wrong.set(place, buffers.wrong(place));
                    }
                },
                network::abort);
        return share(call, ranks, nanos, wrong);
    }

    /** The mean over ranks, and the wrong elements of all of them. */
    private TransferTiming share(TransferCall call, List<Integer> ranks, AtomicLongArray nanos, AtomicLongArray wrong) {
        ByteBuffer mine = ByteBuffer.allocate(2 * Long.BYTES);
        long sum = 0;
        long bad = 0;
        for (int place = 0; place < ranks.size(); place++) {
            sum += nanos.get(place);
            bad += wrong.get(place);
        }
        mine.putLong(sum).putLong(bad);
        long all = 0;
        long allBad = 0;
        for (byte[] bytes : network.exchange(mine.array(), false)) {
            ByteBuffer in = ByteBuffer.wrap(bytes);
            all += in.getLong();
            allBad += in.getLong();
        }
        double seconds = Math.max(1, all) * 1e-9 / call.ranks() / call.iterations();
        return new TransferTiming.Measured(seconds, call.checked() ? OptionalLong.of(allBad) : OptionalLong.empty());
    }

    /** Nanoseconds that a rank's calls took, from when all were there. */
    private long calls(TransferCall call, int times, int place, Optional<RankGroup> group, BenchBuffers buffers) {
        Seat seat = seats.seat(place);
        DeviceQueue queue = seat.queue(StreamKind.TENSOR);
        List<DeviceEvent> events = new ArrayList<>();
        seat.finish();
        group.ifPresent(g -> g.max(new long[1]));
        long start = System.nanoTime();
        try {
            for (int i = 0; i < times; i++) {
                events.add(
                        group.isPresent()
                                ? once(call, place, group.get(), queue, buffers)
                                : alone(call, place, queue, buffers));
            }
            queue.flush();
            queue.finish();
            return System.nanoTime() - start;
        } finally {
            seat.finish();
            DeviceEvent.release(events);
        }
    }

    /** A single rank has what it receives. */
    private static DeviceEvent alone(TransferCall call, int place, DeviceQueue queue, BenchBuffers buffers) {
        return buffers.in(place).equals(buffers.out(place))
                ? queue.marker()
                : queue.copy(buffers.in(place), buffers.out(place), call.received());
    }

    private static DeviceEvent once(
            TransferCall call, int place, RankGroup group, DeviceQueue queue, BenchBuffers buffers) {
        String name = call.kind().label();
        Optional<CollectiveKind> kind = call.kind().collective();
        if (kind.isEmpty()) {
            int next = (group.place() + 1) % group.size();
            int before = (group.place() + group.size() - 1) % group.size();
            return group.exchange(queue, name, next, buffers.in(place), before, buffers.out(place), call.count());
        }
        long whole = call.kind() == TransferKind.BROADCAST || kind.get() == CollectiveKind.ALL_REDUCE
                ? call.count()
                : Math.max(call.sent(), call.received());
        return group.collective(
                queue, name, new RankGroup.Call(kind.get(), buffers.in(place), buffers.out(place), whole, false));
    }
}
