package dev.kneepoint.calibration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.withinPercentage;

import dev.kneepoint.spi.CancellationToken;
import dev.kneepoint.spi.CollectiveBench;
import dev.kneepoint.spi.ElementType;
import dev.kneepoint.spi.ProgressListener;
import dev.kneepoint.spi.RankPlace;
import dev.kneepoint.spi.ReductionOp;
import dev.kneepoint.spi.TransferCall;
import dev.kneepoint.spi.TransferKind;
import dev.kneepoint.spi.TransferTiming;
import dev.kneepoint.spi.UnsupportedPlanException;
import java.io.IOException;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SweepTest {
    @TempDir
    private Path folder;

    private final List<TransferCall> calls = new ArrayList<>();

    /** A nanosecond per byte, one wrong element in place, and no room for more than a kilobyte. */
    private final CollectiveBench bench = new CollectiveBench() {
        @Override
        public Set<ElementType> types() {
            return Set.of(ElementType.FLOAT, ElementType.BFLOAT16);
        }

        @Override
        public List<RankPlace> places(int ranks) {
            return Sweeps.places(1, ranks);
        }

        @Override
        public TransferTiming time(TransferCall call, CancellationToken cancellation) {
            calls.add(call);
            return call.bytes() > 1024
                    ? new TransferTiming.Refused("no room for " + call.bytes() + " bytes")
                    : new TransferTiming.Measured(
                            call.bytes() * 1e-9,
                            call.checked() ? OptionalLong.of(call.inPlace() ? 1 : 0) : OptionalLong.empty());
        }
    };

    private static SweepRequest request(int ranks, ElementType type, List<Long> sizes, TransferKind... kinds) {
        return new SweepRequest(
                ranks, List.of(kinds), type, sizes, 2, 7, true, ProgressListener.none(), CancellationToken.none());
    }

    private Sweep sweep(SweepRequest request) {
        return Sweep.run("bench", new BenchedBackend(bench), request);
    }

    @Test
    void everySizeOfEveryCollective_isTimedOutOfPlaceAndInPlace() {
        Sweep sweep = sweep(request(
                2, ElementType.BFLOAT16, List.of(8L, 64L, 80L), TransferKind.ALL_REDUCE, TransferKind.ALL_GATHER));
        assertThat(sweep.rows()).extracting(SweepRow::bytes).containsExactly(8L, 64L, 80L, 64L);
        assertThat(sweep.rows()).extracting(SweepRow::count).containsExactly(4L, 32L, 40L, 16L);
        assertThat(calls).hasSize(8).allMatch(c -> c.warmup() == 2 && c.iterations() == 7 && c.ranks() == 2);
        assertThat(calls).extracting(TransferCall::inPlace).startsWith(false, true, false, true);
        assertThat(sweep.wrong(TransferKind.ALL_REDUCE)).hasValue(3);
        assertThat(sweep.wrong(TransferKind.BROADCAST)).isEmpty();
        // A byte per nanosecond is a gigabyte per second, of which two ranks' all-gather sends half.
        assertThat(sweep.averageBusGbS(TransferKind.ALL_GATHER)).hasValueCloseTo(0.5, withinPercentage(1e-9));
        assertThat(sweep.averageBusGbS(TransferKind.BROADCAST)).isEmpty();
    }

    @Test
    void whatDoesNotFit_isARowThatSaysSo() {
        Sweep sweep = sweep(request(2, ElementType.FLOAT, List.of(1024L, 2048L), TransferKind.BROADCAST));
        assertThat(sweep.rows().getLast().outOfPlace()).isEqualTo(new TransferTiming.Refused("no room for 2048 bytes"));
        assertThat(sweep.averageBusGbS(TransferKind.BROADCAST)).hasValueCloseTo(1.0, withinPercentage(1e-9));
    }

    @Test
    void whatNobodyCanMeasure_isSaidBefore() {
        assertThatThrownBy(() -> sweep(request(2, ElementType.INT32, List.of(8L), TransferKind.BROADCAST)))
                .isInstanceOf(UnsupportedPlanException.class)
                .hasMessage("backend bench has no int32 here; it has bfloat16, float");
        assertThatThrownBy(() -> sweep(new SweepRequest(
                        2,
                        List.of(TransferKind.ALL_REDUCE),
                        ElementType.FLOAT,
                        ReductionOp.MAX,
                        List.of(8L),
                        0,
                        1,
                        true,
                        ProgressListener.none(),
                        CancellationToken.none())))
                .isInstanceOf(UnsupportedPlanException.class)
                .hasMessage("backend bench has no max here; it has sum");
        assertThatThrownBy(() -> sweep(request(4, ElementType.FLOAT, List.of(8L, 63L), TransferKind.ALL_GATHER)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("no size leaves 4 ranks a part of 16 bytes; the largest is 63 bytes");
        assertThatThrownBy(() -> Sweep.run(
                        "mute",
                        new BenchedBackend(null),
                        request(2, ElementType.FLOAT, List.of(8L), TransferKind.BROADCAST)))
                .isInstanceOf(UnsupportedPlanException.class)
                .hasMessageStartingWith("backend mute moves nothing between ranks");
        assertThat(calls).isEmpty();
    }

    @Test
    void sizes_growByFactorOrStep() {
        assertThat(SweepRequest.byFactor(8, 100, 2)).containsExactly(8L, 16L, 32L, 64L);
        assertThat(SweepRequest.byFactor(8, 8, 2)).containsExactly(8L);
        assertThat(SweepRequest.byFactor(1L << 61, Long.MAX_VALUE, 4)).containsExactly(1L << 61);
        assertThat(SweepRequest.byStep(8, 30, 10)).containsExactly(8L, 18L, 28L);
        assertThatThrownBy(() -> SweepRequest.byFactor(8, 100, 1)).hasMessageContaining("factor must be between 2");
        assertThatThrownBy(() -> SweepRequest.byFactor(0, 100, 2)).hasMessageContaining("from 0 to 100 bytes");
        assertThatThrownBy(() -> SweepRequest.byStep(8, 7, 2)).hasMessageContaining("from 8 to 7 bytes");
        assertThatThrownBy(() -> SweepRequest.byStep(8, 1 << 30, 1)).hasMessageContaining("at most 10000 sizes");
        assertThatThrownBy(() -> request(2, ElementType.FLOAT, List.of(16L, 8L), TransferKind.BROADCAST))
                .hasMessage("sizes must be at least 1 byte and ascending, not [16, 8]");
    }

    private Path written(Sweep sweep) throws IOException {
        Path file = folder.resolve("sweep.json");
        try (Writer out = Files.newBufferedWriter(file)) {
            sweep.write(out);
        }
        return file;
    }

    @Test
    void aSweep_isReadAsItWasWritten() throws IOException {
        Sweep sweep = sweep(request(2, ElementType.FLOAT, List.of(64L, 4096L), TransferKind.values()));
        assertThat(Sweep.read(written(sweep)))
                .usingRecursiveComparison()
                .withComparatorForType(SweepTest::near, Double.class)
                .isEqualTo(sweep);
    }

    /** Microseconds and back. */
    private static int near(double one, double other) {
        return Math.abs(one / other - 1) < 1e-12 ? 0 : Double.compare(one, other);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "kneepoint.sweep/1 | kneepoint.sweep/2 | must be kneepoint.sweep/1, not 'kneepoint.sweep/2'",
                "\"type\" : \"float\" | \"type\" : \"flaot\" | unknown element type 'flaot'",
                "\"redop\" : \"sum\" | \"redop\" : \"smu\" | unknown reduction 'smu'",
                "\"ranks\" : 2 | \"ranks\" : 3 | field 'ranks': must be 2 as the places say, not 3",
                "\"nodes\" : 1 | \"nodes\" : 2 | field 'nodes': must be 1 as the places say, not 2",
                "all-reduce | all-redcue | did you mean 'all-reduce'?",
                "\"size_bytes\" : 64 | \"size_bytes\" : 65 | must be 64 for a count of 16, not 65",
                "\"count\" : 16 | \"count\" : 1.5 | rows[0].count': must be a whole number",
                "\"time_us\" : | \"time_us\" : 0, \"x\" : | must be a positive number",
                "\"wrong\" : 0 | \"wrong\" : -1 | must be a whole number from 0",
                "\"time_us\" | \"time_ms\" | the field 'time_us' is missing",
                "\"device\" : 0 | \"device\" : -1 | device must be between 0",
                "\"places\" : [ | \"places\" : [], \"x\" : [ | must be at least one",
            })
    void aFileThatIsWrong_isOneErrorThatSaysWhere(String right, String wrong, String message) throws IOException {
        Path file = written(sweep(request(2, ElementType.FLOAT, List.of(64L), TransferKind.ALL_REDUCE)));
        String text = Files.readString(file);
        assertThat(text).contains(right);
        Files.writeString(file, text.replace(right, wrong));
        assertThatThrownBy(() -> Sweep.read(file))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("sweep.json")
                .hasMessageContaining(message);
    }

    @Test
    void aFileThatIsNone_isAnErrorThatNamesIt() {
        assertThatThrownBy(() -> Sweep.read(folder.resolve("absent.json")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("absent.json: there is no such file");
    }
}
