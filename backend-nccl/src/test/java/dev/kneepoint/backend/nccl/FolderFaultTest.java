package dev.kneepoint.backend.nccl;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Processes that are to meet in a folder with which something is wrong. */
@Tag("long")
class FolderFaultTest {
    private static final int SIZE = 3;
    private static final int DEADLINE_SECONDS = 12;
    /** For the start of a process and its farewell. */
    private static final int MORE_SECONDS = 20;

    private static final int PATIENCE_SECONDS = 60;

    private static final String NEEDED =
            "nccl.rendezvous=file:FOLDER needs a folder that all hosts see, that this user may"
                    + " write to, and with space left";

    @TempDir
    Path folder;

    private final List<RankProcess> ranks = new ArrayList<>();
    private Path meeting;

    @BeforeEach
    void make() throws IOException {
        meeting = Files.createDirectory(folder.resolve("meeting"));
    }

    @AfterEach
    void noProcessIsLeft() {
        ranks.forEach(RankProcess::close);
    }

    private RankProcess start(int rank, List<String> around) throws IOException {
        Map<String, String> environment = Map.of("RANK", Integer.toString(rank), "WORLD_SIZE", Integer.toString(SIZE));
        List<String> command = new ArrayList<>(around);
        command.addAll(RankProcess.command(
                "nccl.rendezvous=file:" + meeting, "nccl.rendezvous-timeout=PT" + DEADLINE_SECONDS + "S"));
        RankProcess started = RankProcess.start(folder, environment, command);
        ranks.add(started);
        return started;
    }

    /** What each says, all within the deadline. */
    private List<String> errors(long since) throws IOException, InterruptedException {
        List<String> out = new ArrayList<>();
        for (RankProcess rank : ranks) {
            out.add(rank.line("ERROR"));
            rank.ends();
        }
        assertThat(System.nanoTime() - since).isLessThan((DEADLINE_SECONDS + MORE_SECONDS) * 1_000_000_000L);
        return out;
    }

    @ParameterizedTest
    @CsvSource({"'ro,size=64k', Read-only file system", "size=4k, No space left on device"})
    void folderThatTakesNothing_endsAllAtOnce(String options, String reason) throws Exception {
        try (Mount mount = Mount.tmpfs(meeting, options)) {
            if (!options.startsWith("ro")) {
                Files.write(meeting.resolve("fill"), new byte[4096]);
            }
            long since = System.nanoTime();
            for (int rank = 0; rank < SIZE; rank++) {
                start(rank, List.of());
            }
            assertThat(errors(since))
                    .allSatisfy(e -> assertThat(e)
                            .contains("folder " + mount + " cannot be written to")
                            .contains(reason)
                            .contains(NEEDED));
            noProcessIsLeft();
        }
    }

    @Test
    void folderThatFillsUpOnTheWay_endsAllWithinTheDeadline() throws Exception {
        try (Mount mount = Mount.tmpfs(meeting, "size=64k")) {
            long since = System.nanoTime();
            start(0, List.of());
            start(1, List.of());
            hello(0);
            hello(1);
            fill();
            start(2, List.of());
            List<String> told = errors(since);
            assertThat(told.get(2)).contains("folder " + mount + " cannot be written to", "No space left", NEEDED);
            assertThat(told.get(0)).contains("not all processes came", "missing: rank 2 of 3");
            assertThat(told.get(1))
                    .containsAnyOf(
                            "missing: rank 2 of 3", "was not let go by rank 0 within PT" + DEADLINE_SECONDS + "S");
            noProcessIsLeft();
        }
    }

    /** Waits until a rank has said that it is there. */
    private void hello(int rank) throws Exception {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
        while (!Files.exists(meeting.resolve("kneepoint-run.hello-" + rank))) {
            assertThat(System.nanoTime()).as("no hello of rank %d", rank).isLessThan(end);
            Thread.sleep(10);
        }
    }

    /** All pages of the small file system. */
    private void fill() {
        for (int i = 0; i < 64; i++) {
            try {
                Files.write(meeting.resolve("fill-" + i), new byte[4096]);
            } catch (IOException e) {
                return;
            }
        }
        throw new AssertionError("the folder does not fill up");
    }

    @Test
    void folderThatOneHostMayOnlyRead_endsAllWithinTheDeadline() throws Exception {
        List<String> readOnly = List.of(
                "unshare",
                "--mount",
                "sh",
                "-c",
                "mount --bind \"$0\" \"$0\" && mount -o remount,bind,ro \"$0\" && exec \"$@\"",
                meeting.toString());
        Parts.need(Parts.run("unshare", "--mount", "true"), "the right to make mount namespaces");
        long since = System.nanoTime();
        start(0, List.of());
        start(1, List.of());
        start(2, readOnly);
        List<String> told = errors(since);
        assertThat(told.get(2)).contains("folder " + meeting + " cannot be written to", "Read-only", NEEDED);
        assertThat(told.get(0)).contains("not all processes came", "missing: rank 2 of 3");
        assertThat(told.get(1))
                .containsAnyOf("missing: rank 2 of 3", "was not let go by rank 0 within PT" + DEADLINE_SECONDS + "S");
        assertThat(meeting).isEmptyDirectory();
    }

    @Test
    void rankThatIsKilledInTheFolder_isMissedWithinTheDeadline() throws Exception {
        long since = System.nanoTime();
        RankProcess victim = start(2, List.of());
        hello(2);
        victim.kill();
        victim.process().waitFor();
        ranks.clear();
        start(0, List.of());
        start(1, List.of());
        assertThat(errors(since))
                .allSatisfy(e -> assertThat(e)
                        .containsAnyOf(
                                "missing: rank 2 of 3", "was not let go by rank 0 within PT" + DEADLINE_SECONDS + "S"));
        assertThat(meeting).isEmptyDirectory();
    }
}
