package dev.kneepoint.calibration;

import com.google.common.collect.ImmutableList;
import dev.kneepoint.annotation.Incubating;
import dev.kneepoint.spi.Backend;
import dev.kneepoint.spi.BackendException;
import dev.kneepoint.spi.CollectiveBench;
import dev.kneepoint.spi.ElementType;
import dev.kneepoint.spi.ExecutionCancelledException;
import dev.kneepoint.spi.RankPlace;
import dev.kneepoint.spi.ReductionOp;
import dev.kneepoint.spi.TransferCall;
import dev.kneepoint.spi.TransferKind;
import dev.kneepoint.spi.TransferTiming;
import dev.kneepoint.spi.UnsupportedPlanException;
import dev.kneepoint.units.Bytes;
import java.io.Writer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Stream;

/**
 * Collectives of one group over a range of sizes, as nccl-tests measures them. Written and read as {@code kneepoint.sweep/1};
 * {@link FabricCalibration} fits profiles to it. Immutable.
 *
 * @param backend id of the backend
 * @param type of the elements
 * @param reduction how elements became one, where they did
 * @param warmup calls before the timed ones
 * @param iterations timed calls
 * @param places where the ranks ran, in rank order
 * @param rows by collective, then size
 * @since 0.2
 */
@Incubating
public record Sweep(
        String backend,
        ElementType type,
        ReductionOp reduction,
        int warmup,
        int iterations,
        List<RankPlace> places,
        List<SweepRow> rows) {
    /** Copies the lists. */
    public Sweep {
        places = ImmutableList.copyOf(places);
        rows = ImmutableList.copyOf(rows);
        if (places.isEmpty()) {
            throw new IllegalArgumentException("places must be at least one");
        }
    }

    /**
     * Measures. In a run of several processes every process calls this with the same request, and gets the same sweep.
     *
     * @param id the backend's id
     * @param backend an open backend; nothing else should run on it meanwhile
     * @param request what to measure
     * @return the sweep; sizes that do not fit are rows that say so
     * @throws UnsupportedPlanException if the backend has no collectives to time, or no room for so many ranks
     * @throws ExecutionCancelledException if the token was cancelled
     * @throws BackendException if a measurement failed
     */
    public static Sweep run(String id, Backend backend, SweepRequest request) {
        CollectiveBench bench = backend.collectives()
                .orElseThrow(() -> new UnsupportedPlanException("backend " + id
                        + " moves nothing between ranks that could be timed; cpu does, on threads of this machine"));
        offered(id, request.type().label(), labels(bench.types(), ElementType::label));
        if (request.kinds().stream().anyMatch(TransferKind::sums)) {
            offered(id, request.reduction().label(), labels(bench.reductions(), ReductionOp::label));
        }
        List<RankPlace> places = bench.places(request.ranks());
        List<TransferCall> calls = calls(request);
        List<SweepRow> rows = new ArrayList<>();
        for (int i = 0; i < calls.size(); i += 2) {
            TransferCall call = calls.get(i);
            rows.add(new SweepRow(
                    call.kind(),
                    call.bytes(),
                    call.count(),
                    bench.time(call, request.cancellation()),
                    bench.time(calls.get(i + 1), request.cancellation())));
            request.progress()
                    .progressed(rows.size(), calls.size() / 2, call.kind().label() + " of " + new Bytes(call.bytes()));
        }
        return new Sweep(id, request.type(), request.reduction(), request.warmup(), request.iterations(), places, rows);
    }

    private static <T> List<String> labels(Set<T> offered, Function<T, String> label) {
        return offered.stream().map(label).sorted().toList();
    }

    private static void offered(String id, String wanted, List<String> offered) {
        if (!offered.contains(wanted)) {
            throw new UnsupportedPlanException(
                    "backend " + id + " has no " + wanted + " here; it has " + String.join(", ", offered));
        }
    }

    /** Each size out of place, then in place. */
    private static List<TransferCall> calls(SweepRequest request) {
        List<TransferCall> out = new ArrayList<>();
        for (TransferKind kind : request.kinds()) {
            request.sizes().stream()
                    .map(size -> kind.count(size, request.type(), request.ranks()))
                    .filter(count -> count > 0)
                    .distinct()
                    .forEach(count -> Stream.of(false, true)
                            .map(inPlace -> new TransferCall(
                                    kind,
                                    request.type(),
                                    count,
                                    request.ranks(),
                                    inPlace,
                                    request.warmup(),
                                    request.iterations(),
                                    request.reduction(),
                                    request.check()))
                            .forEach(out::add));
        }
        if (out.isEmpty()) {
            throw new IllegalArgumentException(
                    "no size leaves " + request.ranks() + " ranks a part of 16 bytes; the largest is "
                            + request.sizes().getLast() + " bytes");
        }
        return out;
    }

    /**
     * Reads a sweep.
     *
     * @param file a file of schema {@code kneepoint.sweep/1}
     * @return the sweep
     * @throws IllegalArgumentException if the file is missing or wrong: file, line and field are named
     */
    public static Sweep read(Path file) {
        return SweepFiles.read(file);
    }

    /**
     * Writes the sweep as {@code kneepoint.sweep/1}.
     *
     * @param out where to; not closed
     */
    public void write(Writer out) {
        SweepFiles.write(this, out);
    }

    /**
     * Size of the group.
     *
     * @return at least 1
     */
    public int ranks() {
        return places.size();
    }

    /**
     * Hosts that the group spans.
     *
     * @return at least 1
     */
    public int nodes() {
        return (int) places.stream().mapToInt(RankPlace::node).distinct().count();
    }

    /**
     * Rows of one collective.
     *
     * @param kind the collective
     * @return by size; empty if it was not measured
     */
    public List<SweepRow> rows(TransferKind kind) {
        return rows.stream().filter(r -> r.kind() == kind).toList();
    }

    /**
     * Mean bus bandwidth of a collective over its sizes, out of place and in place, as nccl-tests prints it last.
     *
     * @param kind the collective
     * @return 10^9 bytes per second; empty if nothing was timed
     */
    public OptionalDouble averageBusGbS(TransferKind kind) {
        return rows(kind).stream()
                .flatMapToDouble(r -> measured(r).mapToDouble(m -> r.busGbS(m, ranks())))
                .average();
    }

    /**
     * Wrong elements of a collective.
     *
     * @param kind the collective
     * @return over all sizes; empty if none were checked
     */
    public OptionalLong wrong(TransferKind kind) {
        return rows(kind).stream()
                .flatMap(Sweep::measured)
                .flatMapToLong(m -> m.wrong().stream())
                .reduce(Long::sum);
    }

    private static Stream<TransferTiming.Measured> measured(SweepRow row) {
        return Stream.of(row.outOfPlace(), row.inPlace())
                .filter(TransferTiming.Measured.class::isInstance)
                .map(TransferTiming.Measured.class::cast);
    }
}
