package dev.kneepoint.backend.nccl;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Ranks as processes, of which some come to harm. */
class ProcessFaultTest {
    private static final String TIMEOUT = "nccl.rendezvous-timeout=PT30S";
    private static final String SHORT = "nccl.rendezvous-timeout=PT4S";

    @TempDir
    Path folder;

    private final int port = LocalPort.free();
    private final List<RankProcess> ranks = new ArrayList<>();

    @AfterEach
    void noProcessIsLeft() {
        ranks.forEach(RankProcess::close);
    }

    @Test
    void killedRank_isKnownToAllOthers() throws Exception {
        List<RankProcess> all = startAll(3);
        for (RankProcess rank : all) {
            assertThat(rank.line("JOINED")).isEqualTo("0301040105");
        }
        all.get(1).kill();
        survivorsSay(all, 1, "rank 1, process " + all.get(1).process().pid() + " on ");
    }

    @ParameterizedTest
    @Tag("long")
    @ValueSource(ints = {0, 2})
    void killedRank_isKnownToAllOthersWhicheverItIs(int victim) throws Exception {
        List<RankProcess> all = startAll(3);
        for (RankProcess rank : all) {
            rank.line("JOINED");
        }
        all.get(victim).kill();
        survivorsSay(all, victim, "rank " + victim + ", process ");
    }

    @Test
    @Tag("long")
    void terminatedRank_isKnownToAllOthers() throws Exception {
        List<RankProcess> all = startAll(3);
        for (RankProcess rank : all) {
            rank.line("JOINED");
        }
        all.get(2).process().destroy();
        survivorsSay(all, 2, "rank 2, process ");
    }

    @ParameterizedTest
    @Tag("long")
    @ValueSource(ints = {0, 1})
    void rankThatIsKilledWhileOthersAreMissing_endsTheWaiting(int victim) throws Exception {
        List<RankProcess> two = List.of(start(0, 3, TIMEOUT), start(1, 3, TIMEOUT, "--accepted"));
        two.get(1).line("ACCEPTED");
        two.get(victim).kill();
        RankProcess other = two.get(1 - victim);
        assertThat(other.line("ERROR")).contains("before all had come").contains("missing: rank 2 of 3");
        other.ends();
    }

    @Test
    @Tag("long")
    void twoProcessesWithOneNumber_areToldToAll() throws Exception {
        List<RankProcess> all = List.of(start(0, 3, TIMEOUT), start(1, 3, TIMEOUT), start(1, 3, TIMEOUT));
        for (RankProcess rank : all) {
            assertThat(rank.line("ERROR"))
                    .containsPattern("two processes have rank 1: process \\d+ on .* and process \\d+");
            rank.ends();
        }
    }

    @Test
    @Tag("long")
    void otherNumberOfProcesses_isToldToAll() throws Exception {
        List<RankProcess> all = List.of(start(0, 3, TIMEOUT), start(1, 3, TIMEOUT), start(2, 4, TIMEOUT));
        for (RankProcess rank : all) {
            assertThat(rank.line("ERROR"))
                    .containsPattern("rank 2 \\(.*\\) was started as one of 4 processes, rank 0 \\(.*\\) as one of 3");
            rank.ends();
        }
    }

    @ParameterizedTest
    @Tag("long")
    @ValueSource(booleans = {false, true})
    void otherVersion_isToldToAllByRank(boolean inFolder) throws Exception {
        String meeting = inFolder ? "nccl.rendezvous=file:" + folder.resolve("meeting") : "nccl.rendezvous=tcp";
        List<RankProcess> all = new ArrayList<>();
        for (int rank = 0; rank < 3; rank++) {
            all.add(start(rank, 3, TIMEOUT, meeting, rank == 2 ? "--version=0.0.9" : "--leave"));
        }
        for (RankProcess rank : all) {
            assertThat(rank.line("ERROR"))
                    .containsPattern("rank 2 \\(process \\d+ on .*\\) runs Kneepoint 0.0.9, rank 0 \\(.*\\) "
                            + KneepointVersion.current())
                    .contains("all need the same version");
            rank.ends();
        }
    }

    @Test
    @Tag("long")
    void failureOfARankThatEndsAtOnce_isToldToAll() throws Exception {
        List<RankProcess> all =
                List.of(start(0, 3, TIMEOUT), start(1, 3, TIMEOUT, "--fail=NCCL says no"), start(2, 3, TIMEOUT));
        for (RankProcess rank : List.of(all.get(0), all.get(2))) {
            assertThat(rank.line("FAILURE")).isEqualTo("rank 1, op 'layer 1', data group, NCCL says no");
            rank.ends();
        }
        all.get(1).ends();
    }

    @ParameterizedTest
    @Tag("long")
    @CsvSource({"0, did not reach rank 0", "2, missing: rank 2 of 3"})
    void rankThatNeverComes_isNamedWithinTheDeadline(int missing, String text) throws Exception {
        List<RankProcess> there = new ArrayList<>();
        for (int rank = 0; rank < 3; rank++) {
            if (rank != missing) {
                there.add(start(rank, 3, SHORT));
            }
        }
        for (RankProcess rank : there) {
            assertThat(rank.line("ERROR")).contains(text);
            rank.ends();
        }
    }

    @Test
    @Tag("long")
    void wrongToken_isRefusedAndTheOthersGoOn() throws Exception {
        RankProcess zero = start(Map.of(SharedToken.VARIABLE, "right"), 0, 2, TIMEOUT);
        RankProcess wrong = start(Map.of(SharedToken.VARIABLE, "wrong"), 1, 2, TIMEOUT);
        assertThat(wrong.line("ERROR")).contains("its KNEEPOINT_TOKEN is not this run's");
        wrong.ends();
        RankProcess right = start(Map.of(SharedToken.VARIABLE, "right"), 1, 2, TIMEOUT, "--leave");
        right.line("JOINED");
        right.ends();
        zero.line("JOINED");
        assertThat(zero.output()).contains("refused a connection from");
        zero.leave();
        zero.ends();
    }

    @Test
    @Tag("long")
    void filesOfARunThatWasKilled_doNotHarmTheNext() throws Exception {
        String meeting = "nccl.rendezvous=file:" + folder.resolve("meeting");
        List<RankProcess> first = List.of(start(0, 3, TIMEOUT, meeting), start(1, 3, TIMEOUT, meeting));
        for (int rank = 0; rank < first.size(); rank++) {
            String hello = FileWorld.hello(rank);
            first.get(rank).until(() -> meetingHas(hello), "no " + hello);
        }
        first.forEach(RankProcess::kill);
        List<RankProcess> second = new ArrayList<>();
        for (int rank = 1; rank >= 0; rank--) {
            second.add(start(rank, 2, TIMEOUT, meeting, "--leave"));
        }
        for (RankProcess rank : second) {
            assertThat(rank.line("JOINED")).isEqualTo("0301040105");
            rank.ends();
        }
        assertThat(folder.resolve("meeting")).isEmptyDirectory();
    }

    private boolean meetingHas(String file) {
        String[] names = folder.resolve("meeting").toFile().list((meeting, name) -> name.endsWith("." + file));
        return names != null && names.length > 0;
    }

    private static void survivorsSay(List<RankProcess> all, int victim, String text) throws Exception {
        for (int rank = 0; rank < all.size(); rank++) {
            if (rank != victim) {
                assertThat(all.get(rank).line("FAILURE")).startsWith(text).contains("ended without a word");
                all.get(rank).ends();
            }
        }
    }

    private List<RankProcess> startAll(int size) throws IOException {
        List<RankProcess> all = new ArrayList<>();
        for (int rank = 0; rank < size; rank++) {
            all.add(start(rank, size, TIMEOUT));
        }
        return all;
    }

    private RankProcess start(int rank, int size, String... options) throws IOException {
        return start(Map.of(), rank, size, options);
    }

    private RankProcess start(Map<String, String> environment, int rank, int size, String... options)
            throws IOException {
        Map<String, String> all = new HashMap<>(environment);
        all.put("RANK", Integer.toString(rank));
        all.put("WORLD_SIZE", Integer.toString(size));
        all.put("MASTER_ADDR", "127.0.0.1");
        all.put("MASTER_PORT", Integer.toString(port));
        RankProcess started = RankProcess.start(folder, all, RankProcess.command(options));
        ranks.add(started);
        return started;
    }
}
