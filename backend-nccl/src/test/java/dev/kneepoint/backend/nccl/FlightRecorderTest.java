package dev.kneepoint.backend.nccl;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.management.ThreadMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FlightRecorderTest {
    private static final Pattern BYTES = Pattern.compile("\"number\":(\\d+),\"op\":\"op (\\d+)\".*\"bytes\":(\\d+)");

    @TempDir
    Path folder;

    private final AtomicLong clock = new AtomicLong(5_000_000);
    private final FlightRecorder recorder = new FlightRecorder(3, () -> clock.getAndAdd(2_000_000));

    @Test
    void ops_areALineEach() throws IOException {
        long first = recorder.enqueued("gather \"w\"\n", "data group [0, 1]", "weights", 4096);
        recorder.enqueued("reduce", "", "gradients", 8);
        recorder.ended(first);
        Path file = recorder.write(folder.resolve("new"));
        assertThat(file).hasFileName("flight-rank-3.jsonl");
        assertThat(Files.readAllLines(file))
                .containsExactly(
                        "{\"rank\":3,\"number\":0,\"op\":\"gather \\\"w\\\"\\n\",\"group\":\"data group [0, 1]\","
                                + "\"stream\":\"weights\",\"bytes\":4096,\"state\":\"ended\",\"enqueued_us\":5000,"
                                + "\"ended_us\":9000}",
                        "{\"rank\":3,\"number\":1,\"op\":\"reduce\",\"group\":\"\",\"stream\":\"gradients\",\"bytes\":8,"
                                + "\"state\":\"enqueued\",\"enqueued_us\":7000}");
        assertThat(folder.resolve("new")).isDirectoryNotContaining("glob:**.part");
    }

    @Test
    void lastThousand_areKeptInOrder() throws IOException {
        for (int i = 0; i < 2345; i++) {
            recorder.enqueued("op " + i, "", "s", i);
        }
        recorder.ended(0);
        recorder.ended(2344);
        List<String> lines = Files.readAllLines(recorder.write(folder));
        assertThat(lines).hasSize(FlightRecorder.OPS);
        for (int i = 0; i < lines.size(); i++) {
            assertThat(lines.get(i)).contains("\"number\":" + (1345 + i) + ",");
        }
        assertThat(lines.stream().filter(l -> l.contains("\"state\":\"ended\"")))
                .singleElement()
                .asString()
                .contains("\"number\":2344,");
    }

    @Test
    void nothingRecorded_isAnEmptyFileInPlaceOfAnOldOne() throws IOException {
        Files.writeString(folder.resolve("flight-rank-3.jsonl"), "old");
        assertThat(recorder.write(folder)).isEmptyFile();
    }

    @Test
    void recordThatIsWrittenWhileOpsGoOn_holdsNoMixture() throws Exception {
        FlightRecorder busy = FlightRecorder.of(0);
        String[] names = new String[5000];
        for (int i = 0; i < names.length; i++) {
            names[i] = "op " + i;
        }
        AtomicBoolean end = new AtomicBoolean();
        Thread writer = Thread.ofPlatform().start(() -> {
            for (long i = 0; !end.get(); i++) {
                int value = (int) (i % names.length);
                busy.ended(busy.enqueued(names[value], "", "s", value));
            }
        });
        int read = 0;
        // The writer may begin late.
        for (int i = 0; i < 10 || read == 0; i++) {
            for (String line : Files.readAllLines(busy.write(folder))) {
                Matcher matcher = BYTES.matcher(line);
                assertThat(matcher.find()).as(line).isTrue();
                long number = Long.parseLong(matcher.group(1));
                assertThat(matcher.group(2))
                        .as(line)
                        .isEqualTo(matcher.group(3))
                        .isEqualTo("" + number % names.length);
                read++;
            }
        }
        end.set(true);
        writer.join();
        assertThat(read).isPositive();
    }

    @Test
    void recording_allocatesNothing() {
        FlightRecorder lean = FlightRecorder.of(0);
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        threads.getCurrentThreadAllocatedBytes();
        record(lean);
        long before = threads.getCurrentThreadAllocatedBytes();
        record(lean);
        // The measurement itself may cost some bytes; one object an op would be 1.6 MB.
        assertThat(threads.getCurrentThreadAllocatedBytes() - before).isLessThan(10_000);
    }

    private static void record(FlightRecorder recorder) {
        for (int i = 0; i < 100_000; i++) {
            recorder.ended(recorder.enqueued("op", "group", "stream", i));
        }
    }

    @Test
    void times_areOfThisMachinesClock() throws IOException {
        FlightRecorder here = FlightRecorder.of(0);
        here.enqueued("op", "", "s", 1);
        String line = Files.readString(here.write(folder));
        long micros = Long.parseLong(line.replaceAll("(?s).*\"enqueued_us\":(\\d+).*", "$1"));
        assertThat(Instant.ofEpochMilli(micros / 1000)).isBetween(Instant.now().minusSeconds(60), Instant.now());
    }

    @Test
    void folder_isAnOption() {
        assertThat(FlightRecorder.folder(Map.of())).isEmpty();
        assertThat(FlightRecorder.folder(Map.of("nccl.flight-record", "out/x")))
                .isEqualTo(Optional.of(Path.of("out/x")));
        assertThatThrownBy(() -> FlightRecorder.folder(Map.of("nccl.flight-record", " ")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("nccl.flight-record is a folder, not empty");
    }
}
