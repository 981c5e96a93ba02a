package dev.kneepoint.samples.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.kneepoint.metrics.Provenance;
import dev.kneepoint.spi.Backend;
import dev.kneepoint.spi.BackendException;
import dev.kneepoint.spi.CancellationToken;
import dev.kneepoint.spi.Capabilities;
import dev.kneepoint.spi.CollectiveBench;
import dev.kneepoint.spi.ElementType;
import dev.kneepoint.spi.ExecutionRequest;
import dev.kneepoint.spi.ExecutionResult;
import dev.kneepoint.spi.RankPlace;
import dev.kneepoint.spi.TransferCall;
import dev.kneepoint.spi.TransferTiming;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What {@code sweep} says of a backend whose transfers go wrong, in the process that leads and in others. */
class SweepOutcomeTest {
    @TempDir
    private Path folder;

    /** Two hosts, one wrong element in each checked call. */
    private record WrongBackend(boolean leads) implements Backend, CollectiveBench {
        @Override
        public Set<ElementType> types() {
            return Set.of(ElementType.BFLOAT16);
        }

        @Override
        public List<RankPlace> places(int ranks) {
            return IntStream.range(0, ranks)
                    .mapToObj(r -> new RankPlace(r % 2, "host" + r % 2, r / 2, "device"))
                    .toList();
        }

        @Override
        public TransferTiming time(TransferCall call, CancellationToken cancellation) {
            if (call.inPlace() && call.bytes() > 64) {
                return new TransferTiming.Refused("no room");
            }
            return new TransferTiming.Measured(12_345_678.9e-6, OptionalLong.of(1));
        }

        @Override
        public Optional<CollectiveBench> collectives() {
            return Optional.of(this);
        }

        @Override
        public Capabilities capabilities() {
            return new Capabilities(Provenance.MEASURED, 8, Set.of(), false, false);
        }

        @Override
        public ExecutionResult execute(ExecutionRequest request) {
            throw new BackendException("runs no plans");
        }

        @Override
        public void close() {}
    }

    private static CliRun on(Backend backend, String... more) {
        List<String> args = new ArrayList<>(List.of(
                "--backend",
                "wrong",
                "--type",
                "bfloat16",
                "--devices",
                "4",
                "--min",
                "64",
                "--max",
                "128",
                "--collective",
                "all-reduce"));
        args.addAll(List.of(more));
        return CliRun.of(new SweepCommand(), c -> c.on(backend), args.toArray(String[]::new));
    }

    @Test
    void wrongElements_failTheSweep() throws Exception {
        CliRun run = on(new WrongBackend(true));
        assertThat(run.code()).isEqualTo(1);
        assertThat(run.out())
                .contains("# Out of bounds values : 3 FAILED")
                .contains("4 ranks on 2 nodes")
                .contains("#  Rank  3 on      host1 device  1 device")
                .contains("          64            32  bfloat16     sum      -1  1.2e+07    0.00    0.00       1")
                .contains("     N/A     N/A     N/A     N/A" + System.lineSeparator() + "# 128 in place: no room");
        assertThat(run.err()).contains("sweep: 2/2 (all-reduce of 128 B)");
    }

    @Test
    void aProcessThatDoesNotLead_measuresAndKeepsSilent() throws Exception {
        Path file = folder.resolve("sweep.json");
        CliRun run = on(new WrongBackend(false), "--out", file.toString());
        assertThat(run.code()).as("as of the one that leads").isEqualTo(1);
        assertThat(run.out()).isEmpty();
        assertThat(run.err()).isEmpty();
        assertThat(file).doesNotExist();
    }
}
