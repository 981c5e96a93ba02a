package dev.kneepoint.backend.engine;

import dev.kneepoint.spi.BackendException;
import dev.kneepoint.spi.CancellationToken;
import dev.kneepoint.spi.CollectiveBench;
import dev.kneepoint.spi.ElementType;
import dev.kneepoint.spi.ExecutionCancelledException;
import dev.kneepoint.spi.RankPlace;
import dev.kneepoint.spi.ReductionOp;
import dev.kneepoint.spi.TransferCall;
import dev.kneepoint.spi.TransferTiming;
import dev.kneepoint.units.Checks;
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
import java.util.function.Predicate;

/** Times collectives of a network's ranks, on buffers of its own. Confined to the backend's thread. */
final class RemoteBench implements CollectiveBench {
    private static final char SEPARATOR = '\n';
    private static final char CANCELLED = 'c';
    private static final char REFUSED = 'r';
    /** In place of the nanoseconds of calls that were cancelled. */
    private static final long STOPPED = -1;

    private final DeviceSet devices;
    private final RankNetwork network;
    private final Seats seats;

    RemoteBench(DeviceSet devices, RankNetwork network, Seats seats) {
        this.devices = devices;
        this.network = network;
        this.seats = seats;
    }

    /** Those that all processes have. */
    @Override
    public Set<ElementType> types() {
        return common(ElementType.class, type -> network.reductions().types().contains(DataType.of(type)));
    }

    @Override
    public Set<ReductionOp> reductions() {
        return common(ReductionOp.class, network.reductions().ops()::contains);
    }

    private <T extends Enum<T>> Set<T> common(Class<T> all, Predicate<T> here) {
        seats.throwIfClosed();
        T[] values = all.getEnumConstants();
        byte[] mine = new byte[values.length];
        for (T value : values) {
            mine[value.ordinal()] = (byte) (here.test(value) ? 1 : 0);
        }
        Set<T> out = EnumSet.allOf(all);
        for (byte[] one : exchange(mine)) {
            out.removeIf(value -> one[value.ordinal()] == 0);
        }
        return out;
    }

    /** What every process gives, where a failure of this one ends the others' wait too. */
    private List<byte[]> exchange(byte[] mine) {
        try {
            return network.exchange(mine, false);
        } catch (BackendException e) {
            throw network.end(e);
        }
    }

    @Override
    public List<RankPlace> places(int ranks) {
        seats.throwIfClosed();
        Checks.range("ranks", ranks, 1, Integer.MAX_VALUE);
        RemoteExchange.checkRanks(network, ranks);
        StringBuilder mine = new StringBuilder(DeviceBench.host());
        for (int place = 0; place < network.local().size(); place++) {
            Device device = devices.device(place);
            mine.append(SEPARATOR).append(device.memoryNumber()).append(' ').append(device.name());
        }
        Map<String, Integer> nodes = new LinkedHashMap<>();
        List<RankPlace> out = new ArrayList<>();
        for (byte[] bytes : exchange(mine.toString().getBytes(StandardCharsets.UTF_8))) {
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
        seats.throwIfClosed();
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
        try (BenchBuffers buffers = new BenchBuffers(seats, call, DataType.of(call.type()), ranks)) {
            // All have their buffers before any begins, or none begins.
            Optional<String> taken = agree(take(buffers), CancellationToken.none(), call);
            return taken.isPresent()
                    ? new TransferTiming.Refused(taken.get())
                    : time(call, cancellation, ranks, groups, buffers);
        } catch (ExecutionCancelledException e) {
            // All processes agreed on it, and nothing of the network is broken.
            throw e;
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
        RankNetwork.Reductions has = network.reductions();
        if (!has.types().contains(DataType.of(call.type()))) {
            return Optional.of("the network has no " + call.type().label() + " here; it has " + has.types());
        }
        if (call.kind().sums() && !has.ops().contains(call.reduction())) {
            return Optional.of("the network has no " + call.reduction().label() + " here; it has " + has.ops());
        }
        return BenchMemory.problem(call, devices, ranks.size(), true);
    }

    private static ExecutionCancelledException cancelled(TransferCall call) {
        return new ExecutionCancelledException(
                "cancelled while timing " + call.kind().label());
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
                throw cancelled(call);
            }
            first = said.isEmpty() ? first : first.or(() -> Optional.of(said.substring(1)));
        }
        return first;
    }

    private TransferTiming time(
            TransferCall call,
            CancellationToken cancellation,
            List<Integer> ranks,
            Map<Integer, RankGroup> groups,
            BenchBuffers buffers) {
        AtomicLongArray nanos = new AtomicLongArray(Math.max(1, ranks.size()));
        AtomicLongArray wrong = new AtomicLongArray(Math.max(1, ranks.size()));
        RankThreads.run(
                ranks,
                rank -> {
                    int place = ranks.indexOf(rank);
                    RemoteCalls calls = new RemoteCalls(
                            call, place, seats.seat(place), Optional.ofNullable(groups.get(rank)), buffers);
                    buffers.fill(place);
                    if (calls.make(call.warmup(), cancellation).isEmpty()) {
                        nanos.set(place, STOPPED);
                        return;
                    }
                    nanos.set(place, calls.make(call.iterations(), cancellation).orElse(STOPPED));
                    if (call.checked() && nanos.get(place) != STOPPED) {
                        buffers.fill(place);
                        calls.make(1, CancellationToken.none());
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
            // All ranks stopped, or none.
            sum = nanos.get(place) == STOPPED ? STOPPED : sum + nanos.get(place);
            bad += wrong.get(place);
        }
        mine.putLong(sum).putLong(bad);
        long all = 0;
        long allBad = 0;
        // Processes without a rank of the group wait here for the others' calls.
        for (byte[] bytes : network.exchange(mine.array(), true)) {
            ByteBuffer in = ByteBuffer.wrap(bytes);
            long one = in.getLong();
            if (one == STOPPED) {
                throw cancelled(call);
            }
            all += one;
            allBad += in.getLong();
        }
        double seconds = Math.max(1, all) * 1e-9 / call.ranks() / call.iterations();
        return new TransferTiming.Measured(seconds, call.checked() ? OptionalLong.of(allBad) : OptionalLong.empty());
    }
}
