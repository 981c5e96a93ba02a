package dev.kneepoint.testkit;

import dev.kneepoint.plan.CollectiveKind;
import dev.kneepoint.spi.Backend;
import dev.kneepoint.spi.BackendException;
import dev.kneepoint.spi.Numerics;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Every collective over groups of several sizes against the reference. */
final class CollectiveBattery {
    private static final int[] GROUPS = {1, 2, 3, 4, 8};
    private static final int[] LENGTHS = {8, 9, 61, 1024, 10_007};
    private static final long SEED = 20261125;

    private CollectiveBattery() {}

    static List<Check> checks(Subject subject) {
        if (!subject.computes()) {
            return List.of();
        }
        List<Check> out = new ArrayList<>();
        for (CollectiveKind kind : CollectiveKind.values()) {
            String name = kind.name().toLowerCase(Locale.ROOT).replace('_', '-');
            out.add(new Check(name + " is right for groups of 1, 2, 3, 4 and 8", s -> s.with(b -> every(b, kind))));
        }
        out.add(new Check(
                "sums have the same bits on every rank and in every run", s -> s.with(CollectiveBattery::sameBits)));
        out.add(new Check("a message arrives as it was sent", s -> s.numerics(CollectiveBattery::message)));
        return out;
    }

    private static Numerics numerics(Backend backend) {
        return backend.numerics().orElseThrow(() -> new AssertionError("numerics() became empty"));
    }

    /** More ranks than the backend has are refused, with the limit. */
    private static boolean refuses(Backend backend, CollectiveKind kind, float[][] inputs) {
        int most = backend.capabilities().maxRanks();
        if (inputs.length <= most) {
            return false;
        }
        BackendException e = Expect.expectThrows(
                BackendException.class,
                kind + " over " + inputs.length + " ranks, where " + most + " are the most",
                () -> numerics(backend).collective(kind, inputs));
        Expect.that(
                Expect.message(e).contains(String.valueOf(most)),
                "the refusal does not name the limit " + most + ": " + e.getMessage());
        return true;
    }

    private static void every(Backend backend, CollectiveKind kind) {
        Numerics n = numerics(backend);
        Data data = new Data(SEED + kind.ordinal());
        for (int ranks : GROUPS) {
            for (int length : LENGTHS) {
                float[][] inputs = inputs(data, kind, ranks, length);
                if (refuses(backend, kind, inputs)) {
                    break;
                }
                float[][] got = n.collective(kind, inputs);
                Expect.that(got.length == ranks, kind + " over " + ranks + " ranks gives " + got.length + " results");
                for (int rank = 0; rank < ranks; rank++) {
                    Reference.Value expected = expected(kind, inputs, length, rank);
                    String what = kind + " of " + length + " over " + ranks + ", rank " + rank;
                    // Data that is only moved must not change at all.
                    boolean sums = kind == CollectiveKind.ALL_REDUCE || kind == CollectiveKind.REDUCE_SCATTER;
                    Close.check(what, got[rank], expected.value(), expected.magnitude(), sums ? ranks - 1 : 0);
                }
            }
        }
    }

    private static int partAt(int length, int part, int parts) {
        return (int) ((long) length * part / parts);
    }

    private static float[][] inputs(Data data, CollectiveKind kind, int ranks, int length) {
        float[][] out = new float[ranks][];
        for (int r = 0; r < ranks; r++) {
            boolean part = kind == CollectiveKind.ALL_GATHER;
            out[r] = data.floats(part ? partAt(length, r + 1, ranks) - partAt(length, r, ranks) : length);
        }
        return out;
    }

    private static Reference.Value expected(CollectiveKind kind, float[][] in, int length, int rank) {
        int ranks = in.length;
        int from = partAt(length, rank, ranks);
        int part = partAt(length, rank + 1, ranks) - from;
        switch (kind) {
            case ALL_REDUCE, REDUCE_SCATTER -> {
                boolean whole = kind == CollectiveKind.ALL_REDUCE;
                Reference.Value sum = Reference.Value.of(whole ? length : part);
                for (float[] one : in) {
                    for (int i = 0; i < sum.value().length; i++) {
                        sum.add(i, one[(whole ? 0 : from) + i]);
                    }
                }
                return sum;
            }
            case ALL_GATHER -> {
                Reference.Value all = Reference.Value.of(length);
                int at = 0;
                for (float[] one : in) {
                    for (float f : one) {
                        all.add(at++, f);
                    }
                }
                return all;
            }
            case ALL_TO_ALL -> {
                Reference.Value all = Reference.Value.of(ranks * part);
                for (int i = 0; i < all.value().length; i++) {
                    all.add(i, in[i / part][from + i % part]);
                }
                return all;
            }
            case BROADCAST -> {
                Reference.Value all = Reference.Value.of(length);
                for (int i = 0; i < length; i++) {
                    all.add(i, in[0][i]);
                }
                return all;
            }
        }
        throw new AssertionError(kind);
    }

    private static void sameBits(Backend backend) {
        Numerics n = numerics(backend);
        Data data = new Data(SEED + 100);
        for (int ranks : GROUPS) {
            float[][] inputs = inputs(data, CollectiveKind.ALL_REDUCE, ranks, 5003);
            if (refuses(backend, CollectiveKind.ALL_REDUCE, inputs)) {
                break;
            }
            float[] first = n.collective(CollectiveKind.ALL_REDUCE, inputs)[0];
            for (int run = 0; run < 5; run++) {
                float[][] again = n.collective(CollectiveKind.ALL_REDUCE, inputs);
                for (float[] one : again) {
                    Close.same("all-reduce over " + ranks + " ranks", one, first);
                }
            }
        }
    }

    private static void message(Numerics n) {
        Data data = new Data(SEED + 200);
        for (int length : LENGTHS) {
            float[] message = data.floats(length);
            Close.same("message of " + length, n.sendReceive(message), message);
        }
    }
}
