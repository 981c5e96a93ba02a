package dev.kneepoint.samples.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What {@code kneepoint search} says to those who use it wrongly, before it searches anything. */
class SearchMistakesTest {
    @TempDir
    private Path folder;

    private static CliRun search(List<String> more) {
        List<String> args = new ArrayList<>(List.of("search", "--model", "llama2-7b", "--quiet"));
        args.addAll(more);
        return CliRun.of(args.toArray(String[]::new));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {
                "--devices 8,2000000; --devices takes sizes up to the 65,536 of dgx-h100, not 2,000,000",
                "--devices 8,999999999; --devices takes sizes up to the 65,536 of dgx-h100, not 999,999,999",
                "--devices 8 --global-batch 0; --global-batch takes 1 to 16,777,216 sequences, not 0",
                "--devices 8 --global-batch -4; --global-batch takes 1 to 16,777,216 sequences, not -4",
                "--devices 8 --local-batch 0; --local-batch takes at least 1 sequence a device, not 0",
                "--devices 8,1024 --local-batch 99999999; --local-batch 99999999 makes more than 16,777,216",
                "--devices 8 --top 9999999; --top takes 1 to 100,000 layouts, not 9,999,999",
                "--devices 8 --threads 0; --threads takes 1 to 1,024, not 0",
                "--devices 8 --max-memory 99999999999GB; --max-memory takes a size above 0 such as 72GiB or 80GB, not"
                        + " '99999999999GB'",
                "--devices 8 --max-memory 0.0000000001GB; --max-memory takes a size above 0 such as 72GiB or 80GB, not"
                        + " '0.0000000001GB'",
                "--devices 8 --max-memory 0GB; --max-memory takes a size above 0 such as 72GiB or 80GB, not '0GB'",
                "--devices 8 --time-limit 0; --time-limit takes seconds above 0, not 0",
                "--devices 8 --time-limit -1; --time-limit takes seconds above 0, not -1",
                "--devices 8 --time-limit NaN; --time-limit takes seconds above 0, not NaN",
                "--devices 8 --tokens Infinity --deadline 3d; --tokens takes a number above 0 such as 2e12, not Infinity",
                "--devices 8 --tokens 1e9 --deadline Infinity; --deadline takes days above 0 such as 30d, not 'Infinity'",
                "--devices 8 --budget Infinity; --budget takes a number above 0 such as 1e6, not Infinity",
                "--devices 8 --budget 1000 --price 0; --budget needs a price: dgx-h100 has none, so give --price",
                "--devices 8 --price -2; --price takes dollars of at least 0, not -2",
                "--devices 8 --recompute full; search tries every recomputation; fix one with --fix recompute=full",
                "--devices 8 --fix split=foo; 'split=foo': a split is 'even' or the layers of each chunk such as 9-7-8-8",
                "--devices 8 --fix split=9--9; 'split=9--9': a split is 'even' or the layers of each chunk",
                "--devices 8 --what-if peak=1e300x; factor of peak must be between 1e-6 and 1e6, not 1.0E300"
            })
    void wrongValue_isNamedWithWhatWouldBeRight(String options, String message) {
        CliRun run = search(List.of(options.split(" ")));

        assertThat(run.code()).as(run.err()).isEqualTo(2);
        assertThat(run.err()).contains(message).doesNotContain("\tat ");
        assertThat(run.out()).isEmpty();
    }

    @Test
    void outThatIsAFile_isSaidBeforeTheSearch() throws Exception {
        Path file = Files.writeString(folder.resolve("file"), "mine");

        CliRun run = search(List.of("--devices", "8", "--out", file.toString()));

        assertThat(run.code()).isEqualTo(1);
        assertThat(run.err()).contains("file exists and is not a folder");
        assertThat(run.out()).isEmpty();
        assertThat(file).hasContent("mine");
    }

    @Test
    void wrongValue_leavesNoFolder() {
        Path out = folder.resolve("out");

        search(List.of("--devices", "8", "--fix", "tensor=2", "--out", out.toString()));

        assertThat(out).doesNotExist();
    }

    @Test
    void timeUpBeforeAnythingWasFound_isNotCalledWithoutAFit() throws Exception {
        CliRun run = search(List.of("--devices", "8,16", "--time-limit", "1e-9", "--out", folder.toString()));

        assertThat(run.code()).isEqualTo(1);
        assertThat(run.out())
                .contains("nothing was found before the time was up")
                .doesNotContain("nothing fits");
        assertThat(Files.readString(folder.resolve("report.html")))
                .contains("Nothing was found before the time was up.", "the time was up")
                .doesNotContainIgnoringCase("nothing fits");
    }

    @Test
    void whatIf_isNamedWhereverTheMachineIs() throws Exception {
        CliRun run = search(List.of(
                "--devices",
                "8",
                "--fix",
                "fsdp,tp=1,pp=1,cp=1,recompute=none",
                "--what-if",
                "peak=2x",
                "--what-if",
                "latency=0.5",
                "--out",
                folder.toString()));

        String machine = "dgx-h100 with peak x2, latency x0.5";
        assertThat(run.out()).contains("8 x " + machine + ", torch-fsdp");
        assertThat(Files.readString(folder.resolve("report.html"))).contains(machine);
        assertThat(Files.readString(folder.resolve("search.json"))).contains(machine);
    }

    @Test
    void memoryThatIsTooSmall_namesOneThatIsEnoughAndWhatWasFixed() {
        List<String> asked = List.of("--devices", "8", "--fix", "fsdp,tp=8,recompute=full", "--max-memory");
        List<String> tooLittle = new ArrayList<>(asked);
        tooLittle.add("10GB");

        CliRun run = search(tooLittle);

        String enough = run.out().replaceAll("(?s).*a device with ([0-9.]+) GB.*", "$1");
        List<String> more = new ArrayList<>(asked);
        more.add(enough + "GB");
        assertThat(search(more).code()).as(enough).isZero();
        assertThat(run.out())
                .contains("of that, GB: weights")
                .contains("; no allowed micro-batch and recomputation take less")
                .contains("10 GB; the smallest,");
    }
}
