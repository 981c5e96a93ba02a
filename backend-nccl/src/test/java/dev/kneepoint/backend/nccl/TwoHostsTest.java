package dev.kneepoint.backend.nccl;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Two ranks on each of two hosts, which are network namespaces. */
@Tag("long")
class TwoHostsTest {
    @TempDir
    Path folder;

    private final List<RankProcess> ranks = new ArrayList<>();
    private Netns hosts;

    @BeforeEach
    void open() throws Exception {
        hosts = Netns.open();
    }

    @AfterEach
    void close() throws Exception {
        ranks.forEach(RankProcess::close);
        if (hosts != null) {
            hosts.close();
        }
    }

    @Test
    void ranksOfTwoHosts_findEachOtherAndHearOfADeath() throws Exception {
        startAll();
        for (RankProcess rank : ranks) {
            assertThat(rank.line("JOINED")).isEqualTo("0301040105");
        }
        long pid = Long.parseLong(ranks.get(3).line("STARTED").replaceAll(".* ", ""));
        ProcessHandle.of(pid).orElseThrow().destroyForcibly();
        for (RankProcess rank : ranks.subList(0, 3)) {
            assertThat(rank.line("FAILURE")).startsWith("rank 3, process " + pid + " on ");
            rank.ends();
        }
    }

    @Test
    void addressOfTheOtherHost_isNoPlaceToListen() throws Exception {
        start(0, 2, Netns.SECOND);
        assertThat(ranks.getFirst().line("ERROR"))
                .contains(Netns.SECOND)
                .contains("no address of this host; it has ")
                .contains(Netns.FIRST);
    }

    @Test
    void hostWhoseWireIsCut_countsAsGoneOnBothSides() throws Exception {
        startAll();
        for (RankProcess rank : ranks) {
            rank.line("JOINED");
        }
        hosts.cut();
        for (RankProcess rank : ranks) {
            assertThat(rank.line("FAILURE")).contains("was silent for PT30S, as if its host were gone");
            rank.ends();
        }
    }

    private void startAll() throws IOException {
        for (int rank = 0; rank < 4; rank++) {
            start(rank, 4, Netns.FIRST);
        }
    }

    private void start(int rank, int size, String master) throws IOException {
        Map<String, String> environment = Map.of(
                "RANK", Integer.toString(rank),
                "WORLD_SIZE", Integer.toString(size),
                "MASTER_ADDR", master);
        ranks.add(RankProcess.start(folder, environment, hosts.on(rank < 2, RankProcess.command())));
    }
}
