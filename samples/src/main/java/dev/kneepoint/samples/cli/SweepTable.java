package dev.kneepoint.samples.cli;

import dev.kneepoint.calibration.Sweep;
import dev.kneepoint.calibration.SweepRow;
import dev.kneepoint.spi.RankPlace;
import dev.kneepoint.spi.TransferKind;
import dev.kneepoint.spi.TransferTiming;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.OptionalLong;

/** A sweep in the columns of nccl-tests, which programs parse; every other line begins with {@code #}. */
final class SweepTable {
    private static final String HEAD = "# %10s  %12s  %8s  %6s  %6s  %7s  %6s  %6s  %6s  %7s  %6s  %6s  %6s";
    private static final String ROW = "%12d  %12d  %8s  %6s  %6d";
    private static final String TIMING = "  %7s  %6s  %6s  %6s";
    private static final String NOTHING = "N/A";
    private static final int TIME_WIDTH = 7;
    private static final int RATE_WIDTH = 6;
    private static final double MICRO = 1e-6;

    private final Sweep sweep;
    private final PrintWriter out;

    private SweepTable(Sweep sweep, PrintWriter out) {
        this.sweep = sweep;
        this.out = out;
    }

    static void print(Sweep sweep, PrintWriter out) {
        new SweepTable(sweep, out).print();
    }

    private void print() {
        line(
                "# kneepoint sweep: backend %s, %d rank%s on %d node%s, %d calls of warm-up, %d timed",
                sweep.backend(),
                sweep.ranks(),
                sweep.ranks() == 1 ? "" : "s",
                sweep.nodes(),
                sweep.nodes() == 1 ? "" : "s",
                sweep.warmup(),
                sweep.iterations());
        line("#");
        line("# Using devices");
        for (int rank = 0; rank < sweep.ranks(); rank++) {
            RankPlace place = sweep.places().get(rank);
            line("#  Rank %2d on %10s device %2d %s", rank, place.host(), place.device(), place.name());
        }
        for (TransferKind kind : TransferKind.values()) {
            List<SweepRow> rows = sweep.rows(kind);
            if (!rows.isEmpty()) {
                print(kind, rows);
            }
        }
    }

    private void print(TransferKind kind, List<SweepRow> rows) {
        line("#");
        line("# Collective test starting: %s", program(kind));
        line("#");
        line("# %10s  %12s  %8s  %6s  %6s           out-of-place                       in-place", "", "", "", "", "");
        line(
                HEAD, "size", "count", "type", "redop", "root", "time", "algbw", "busbw", "#wrong", "time", "algbw",
                "busbw", "#wrong");
        line(HEAD, "(B)", "(elements)", "", "", "", "(us)", "(GB/s)", "(GB/s)", "", "(us)", "(GB/s)", "(GB/s)", "");
        rows.forEach(this::print);
        OptionalLong wrong = sweep.wrong(kind);
        line(
                "# %-20s : %s",
                "Out of bounds values",
                wrong.isEmpty() ? NOTHING : wrong.getAsLong() + (wrong.getAsLong() == 0 ? " OK" : " FAILED"));
        line(
                "# %-20s : %s",
                "Avg bus bandwidth",
                sweep.averageBusGbS(kind).isEmpty()
                        ? NOTHING
                        : String.format(
                                Locale.ROOT, "%.6g", sweep.averageBusGbS(kind).getAsDouble()));
        line("#");
        line("# Collective test concluded: %s", program(kind));
    }

    private void line(String format, Object... values) {
        out.println(String.format(Locale.ROOT, format, values).stripTrailing());
    }

    /** Which of nccl-tests' programs measures it. */
    private static String program(TransferKind kind) {
        return switch (kind) {
            case ALL_REDUCE -> "all_reduce_perf";
            case ALL_GATHER -> "all_gather_perf";
            case REDUCE_SCATTER -> "reduce_scatter_perf";
            case ALL_TO_ALL -> "alltoall_perf";
            case BROADCAST -> "broadcast_perf";
            case SEND_RECEIVE -> "sendrecv_perf";
        };
    }

    private void print(SweepRow row) {
        List<String> problems = new ArrayList<>();
        String outOfPlace = timing(row, row.outOfPlace(), "out of place", problems);
        String inPlace = timing(row, row.inPlace(), "in place", problems);
        // A row without any time would have no number to parse.
        if (problems.size() < 2) {
            line(
                    "%s%s%s",
                    String.format(
                            Locale.ROOT,
                            ROW,
                            row.bytes(),
                            row.count(),
                            sweep.type().label(),
                            reduction(row.kind()),
                            row.kind() == TransferKind.BROADCAST ? 0 : -1),
                    outOfPlace,
                    inPlace);
        }
        problems.forEach(p -> line("%s", p));
    }

    /** nccl-tests calls the messages of its ring a sum, too. */
    private String reduction(TransferKind kind) {
        if (kind.sums()) {
            return sweep.reduction().label();
        }
        return kind == TransferKind.SEND_RECEIVE ? "sum" : "none";
    }

    private String timing(SweepRow row, TransferTiming timing, String where, List<String> problems) {
        return switch (timing) {
            case TransferTiming.Measured m ->
                String.format(
                        Locale.ROOT,
                        TIMING,
                        digits(m.seconds() / MICRO, TIME_WIDTH),
                        digits(row.algorithmGbS(m), RATE_WIDTH),
                        digits(row.busGbS(m, sweep.ranks()), RATE_WIDTH),
                        m.wrong().isPresent() ? Long.toString(m.wrong().getAsLong()) : NOTHING);
            case TransferTiming.Refused r -> {
                problems.add("# " + row.bytes() + " " + where + ": " + r.reason());
                yield String.format(Locale.ROOT, TIMING, NOTHING, NOTHING, NOTHING, NOTHING);
            }
        };
    }

    /** As many decimals as the column has room for, at most two. */
    private static String digits(double value, int width) {
        for (int decimals = 2; decimals >= 0; decimals--) {
            String text = String.format(Locale.ROOT, "%." + decimals + "f", value);
            if (text.length() <= width) {
                return text;
            }
        }
        return String.format(Locale.ROOT, "%.1e", value);
    }
}
