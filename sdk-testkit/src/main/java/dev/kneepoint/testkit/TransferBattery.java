package dev.kneepoint.testkit;

import dev.kneepoint.spi.Backend;
import dev.kneepoint.spi.BackendException;
import dev.kneepoint.spi.CancellationToken;
import dev.kneepoint.spi.CollectiveBench;
import dev.kneepoint.spi.ElementType;
import dev.kneepoint.spi.RankPlace;
import dev.kneepoint.spi.ReductionOp;
import dev.kneepoint.spi.TransferCall;
import dev.kneepoint.spi.TransferKind;
import dev.kneepoint.spi.TransferTiming;
import dev.kneepoint.spi.UnsupportedPlanException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;

/** The transfers that a backend times alone: results, times, places and refusals. */
final class TransferBattery {
    private static final int MOST_RANKS = 4;
    /** Odd ones, and one over a multiple of 16 bytes: a bench takes any count, whatever a sweep rounds to. */
    private static final long[] COUNTS = {1, 33, 1_031};

    /** So many that the time of all could not pass for that of one. */
    private static final int MANY_CALLS = 100;
    /** Elements that no memory holds. */
    private static final long ENDLESS = 1L << 50;
    /** What clocks of devices and of the host may differ by. */
    private static final double CLOCKS = 1.01;

    private static final double NANO = 1e-9;

    private TransferBattery() {}

    static List<Check> checks(Subject subject) {
        if (!subject.timesTransfers()) {
            return List.of(new Check(
                    "a backend that times no transfers says so every time",
                    s -> s.with(b -> Expect.that(
                            b.collectives().isEmpty(), "collectives() is empty once and present another time"))));
        }
        List<Check> out = new ArrayList<>();
        for (TransferKind kind : TransferKind.values()) {
            out.add(new Check(
                    "timed " + kind.label() + " is right, out of place and in place",
                    s -> s.with(b -> every(b, kind))));
        }
        out.add(new Check("transfers of every element type are right", s -> s.with(TransferBattery::types)));
        out.add(new Check("reductions that are offered are right", s -> s.with(TransferBattery::reductions)));
        out.add(new Check("a time is that of one transfer", s -> s.with(TransferBattery::times)));
        out.add(new Check("every rank has a place, the same every time", s -> s.with(TransferBattery::places)));
        out.add(new Check("transfers that cannot be are refused", s -> s.with(TransferBattery::refusals)));
        out.addAll(TransferLifeBattery.checks());
        return out;
    }

    static CollectiveBench bench(Backend backend) {
        return backend.collectives().orElseThrow(() -> new AssertionError("collectives() became empty"));
    }

    /** The type that is first of those offered. */
    static ElementType type(CollectiveBench bench) {
        Set<ElementType> types = bench.types();
        Expect.that(!types.isEmpty(), "the bench offers no element type");
        return List.of(ElementType.values()).stream()
                .filter(types::contains)
                .findFirst()
                .orElseThrow();
    }

    static TransferTiming.Measured measured(CollectiveBench bench, TransferCall call) {
        return switch (bench.time(call, CancellationToken.none())) {
            case TransferTiming.Measured m -> m;
            case TransferTiming.Refused r -> throw new AssertionError(call + " is refused: " + r.reason());
        };
    }

    /** Times a checked call, whose result must be right, and one that nobody asked to check. */
    private static void right(
            CollectiveBench bench, TransferKind kind, ElementType type, long count, int ranks, boolean inPlace) {
        right(bench, new TransferCall(kind, type, count, ranks, inPlace, 1, 2, true));
        right(bench, new TransferCall(kind, type, count, ranks, inPlace, 0, 1, false));
    }

    private static void right(CollectiveBench bench, TransferCall call) {
        OptionalLong expected = call.checked() ? OptionalLong.of(0) : OptionalLong.empty();
        OptionalLong wrong = measured(bench, call).wrong();
        Expect.that(wrong.equals(expected), "wrong elements of " + call + ": " + wrong + ", not " + expected);
    }

    private static int most(Backend backend) {
        return Math.min(MOST_RANKS, backend.capabilities().maxRanks());
    }

    private static void every(Backend backend, TransferKind kind) {
        CollectiveBench bench = bench(backend);
        for (int ranks = 1; ranks <= most(backend); ranks++) {
            for (long count : COUNTS) {
                right(bench, kind, type(bench), count, ranks, false);
                right(bench, kind, type(bench), count, ranks, true);
            }
        }
    }

    static void types(Backend backend) {
        CollectiveBench bench = bench(backend);
        Expect.that(bench.types().equals(bench.types()), "the types that are offered change");
        for (int ranks = 1; ranks <= most(backend); ranks++) {
            for (ElementType type : bench.types()) {
                for (TransferKind kind : TransferKind.values()) {
                    right(bench, new TransferCall(kind, type, COUNTS[1], ranks, false, 0, 1, true));
                    right(bench, new TransferCall(kind, type, COUNTS[1], ranks, true, 0, 1, true));
                }
            }
        }
    }

    static void reductions(Backend backend) {
        CollectiveBench bench = bench(backend);
        Expect.that(!bench.reductions().isEmpty(), "the bench offers no reduction");
        for (int ranks = 1; ranks <= most(backend); ranks++) {
            for (ReductionOp op : bench.reductions()) {
                for (ElementType type : bench.types()) {
                    for (TransferKind kind : List.of(TransferKind.ALL_REDUCE, TransferKind.REDUCE_SCATTER)) {
                        right(bench, new TransferCall(kind, type, COUNTS[2], ranks, false, 0, 1, op, true));
                        right(bench, new TransferCall(kind, type, COUNTS[2], ranks, true, 0, 1, op, true));
                    }
                }
            }
        }
    }

    /** All calls together cannot take longer than whoever waits for them. */
    private static void times(Backend backend) {
        CollectiveBench bench = bench(backend);
        int ranks = Math.min(2, backend.capabilities().maxRanks());
        for (TransferKind kind : TransferKind.values()) {
            TransferCall call = new TransferCall(kind, type(bench), COUNTS[1], ranks, false, 0, MANY_CALLS, false);
            long start = System.nanoTime();
            double seconds = measured(bench, call).seconds();
            double passed = (System.nanoTime() - start) * NANO;
            Expect.that(
                    seconds * MANY_CALLS <= passed * CLOCKS,
                    call + " gives " + seconds + " s a call, but all " + MANY_CALLS + " were done in " + passed + " s");
        }
    }

    private static void places(Backend backend) {
        CollectiveBench bench = bench(backend);
        int most = most(backend);
        for (int ranks = 1; ranks <= most; ranks++) {
            List<RankPlace> places = bench.places(ranks);
            Expect.that(places.size() == ranks, ranks + " ranks have " + places.size() + " places");
            Expect.that(places.equals(bench.places(ranks)), "places of " + ranks + " ranks change");
            Expect.that(
                    places.equals(bench.places(most).subList(0, ranks)),
                    "the first " + ranks + " of " + most + " ranks run elsewhere than " + ranks + " alone");
            consistent(places);
        }
    }

    private static void consistent(List<RankPlace> places) {
        Map<Integer, String> hosts = new HashMap<>();
        Map<List<Integer>, String> devices = new HashMap<>();
        for (RankPlace place : places) {
            Expect.that(
                    place.node() <= hosts.size(), "nodes are not numbered from 0 in order of their ranks: " + places);
            hosts.putIfAbsent(place.node(), place.host());
            Expect.that(place.host().equals(hosts.get(place.node())), "a node has several hosts: " + places);
            List<Integer> device = List.of(place.node(), place.device());
            devices.putIfAbsent(device, place.name());
            Expect.that(place.name().equals(devices.get(device)), "a device has several names: " + places);
        }
    }

    private static void refusals(Backend backend) {
        CollectiveBench bench = bench(backend);
        ElementType type = type(bench);
        int most = backend.capabilities().maxRanks();
        for (int ranks : new int[] {0, -1}) {
            Expect.expectThrows(
                    IllegalArgumentException.class, "places of " + ranks + " ranks", () -> bench.places(ranks));
        }
        TransferCall crowd = call(type, COUNTS[1], most + 1);
        for (Expect.Code code :
                List.<Expect.Code>of(() -> bench.places(most + 1), () -> bench.time(crowd, CancellationToken.none()))) {
            BackendException e = Expect.expectThrows(
                    UnsupportedPlanException.class, most + 1 + " ranks, where " + most + " are the most", code);
            Expect.that(
                    Expect.message(e).contains(String.valueOf(most)),
                    "the refusal does not name the limit " + most + ": " + e.getMessage());
        }
        int ranks = Math.min(2, most);
        refused(bench, call(type, ENDLESS, ranks), Optional.empty());
        for (ElementType other : ElementType.values()) {
            if (!bench.types().contains(other)) {
                refused(bench, call(other, COUNTS[1], ranks), Optional.of(other.label()));
            }
        }
        for (ReductionOp op : ReductionOp.values()) {
            if (!bench.reductions().contains(op)) {
                TransferCall call =
                        new TransferCall(TransferKind.ALL_REDUCE, type, COUNTS[1], ranks, true, 0, 1, op, false);
                refused(bench, call, Optional.of(op.label()));
            }
        }
        right(bench, TransferKind.BROADCAST, type, COUNTS[1], ranks, false);
    }

    static TransferCall call(ElementType type, long count, int ranks) {
        return new TransferCall(TransferKind.ALL_REDUCE, type, count, ranks, true, 0, 1, false);
    }

    private static void refused(CollectiveBench bench, TransferCall call, Optional<String> named) {
        TransferTiming timing;
        try {
            timing = bench.time(call, CancellationToken.none());
        } catch (RuntimeException e) {
            throw new AssertionError(call + " throws " + e + " instead of being refused", e);
        }
        if (!(timing instanceof TransferTiming.Refused r)) {
            throw new AssertionError(call + " is not refused but " + timing);
        }
        Expect.that(
                r.reason().contains(named.orElse("")),
                "the refusal does not name " + named.orElse("") + ": " + r.reason());
    }
}
