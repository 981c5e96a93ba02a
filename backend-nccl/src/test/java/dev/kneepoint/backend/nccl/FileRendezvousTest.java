package dev.kneepoint.backend.nccl;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@ExtendWith(OwnThreads.class)
class FileRendezvousTest {
    private static final Duration LONG = Duration.ofSeconds(30);
    private static final Duration SHORT = Duration.ofMillis(1500);

    @TempDir
    Path folder;

    @ParameterizedTest
    @ValueSource(ints = {2, 5})
    void ranks_getTheSameIdAndLeaveNothingBehind(int size) throws IOException {
        List<Membership> all = Ranks.each(size, rank -> join(rank, size, LONG));
        assertThat(all).allSatisfy(m -> {
            assertThat(m.uniqueId()).isEqualTo(Ranks.ID);
            assertThat(m.members()).isEqualTo(all.getFirst().members()).hasSize(size);
            assertThat(m.channel().failure()).isEmpty();
        });
        all.forEach(Membership::close);
        assertThat(files()).isEmpty();
    }

    @Test
    void folder_isMadeIfItIsNotThere() {
        folder = folder.resolve("new/er");
        Ranks.each(2, rank -> join(rank, 2, LONG)).forEach(Membership::close);
        assertThat(folder).isEmptyDirectory();
    }

    @Test
    void rankThatNeverComes_isNamedToAll() throws IOException {
        List<String> told = Ranks.each(3, rank -> rank == 1 ? "" : problem(joining(rank, 3, SHORT)));
        assertThat(told.get(0)).contains("not all processes came").contains("missing: rank 1 of 3");
        assertThat(told.get(2)).containsAnyOf("missing: rank 1 of 3", "was not let go by rank 0");
        assertThat(files()).isEmpty();
    }

    @Test
    void firstRankThatNeverComes_isNamed() throws IOException {
        assertThat(problem(joining(1, 2, SHORT))).contains("rank 1 was not let go by rank 0 within PT1.5S");
        assertThat(files()).isEmpty();
    }

    @Test
    void otherSize_isToldToAll() {
        List<String> told = Ranks.each(3, rank -> problem(joining(rank, rank == 2 ? 4 : 3, LONG)));
        assertThat(told).allSatisfy(t -> assertThat(t).contains("was started as one of 4 processes"));
    }

    @Test
    void twoWithOneNumber_areToldToAll() {
        List<String> told = Ranks.each(3, i -> problem(joining(Math.min(i, 1), 3, LONG)));
        assertThat(told).allSatisfy(t -> assertThat(t).contains("two processes have rank 1: process "));
    }

    @Test
    void whatAnEarlierRunLeft_isNotTaken() throws IOException {
        LaunchEnvironment launch = Ranks.launch(1, 2, 1);
        Hello gone = Ranks.hello(launch);
        Hello first = Ranks.hello(Ranks.launch(0, 2, 1));
        FileWorld.Named old = new FileWorld.Named(UUID.randomUUID(), new World(new byte[] {9}, List.of(first, gone)));
        RunFolder left = new RunFolder(folder, "", SharedToken.of(Map.of()));
        left.write(FileWorld.hello(0), first.toBytes());
        left.write(FileWorld.hello(1), gone.toBytes());
        left.write(FileWorld.WORLD, FileWorld.bytes(old));
        left.write(FileWorld.GO, FileWorld.bytes(List.of(old.id())));
        left.write(FileWorld.FAILED, FileWorld.bytes(new FileWorld.Failed(List.of(gone.instance()), "an old failure")));
        CompletableFuture<Membership> one = joining(1, 2, LONG);
        pause();
        assertThat(one).isNotDone();
        Membership zero = join(0, 2, LONG);
        assertThat(Ranks.get(one).uniqueId()).isEqualTo(Ranks.ID);
        assertThat(zero.members().get(1).instance()).isNotEqualTo(gone.instance());
        Ranks.get(one).close();
        zero.close();
        assertThat(files()).isEmpty();
    }

    @Test
    void helloOfAnEarlierRunThatAppearsLate_isReplaced() throws IOException {
        CompletableFuture<Membership> zero = joining(0, 2, LONG);
        pause();
        // As a folder does that shows a file only after rank 0 has swept it.
        RunFolder late = new RunFolder(folder, "", SharedToken.of(Map.of()));
        late.write(FileWorld.hello(1), Ranks.hello(Ranks.launch(1, 2, 1)).toBytes());
        pause();
        assertThat(zero).isNotDone();
        Membership one = join(1, 2, LONG);
        assertThat(Ranks.get(zero).members()).isEqualTo(one.members());
        one.close();
        Ranks.get(zero).close();
    }

    @Test
    void wrongToken_isNotTakenAndTheRunWaitsForTheRightOne() {
        CompletableFuture<Membership> zero = joining(0, 2, settings(LONG, "right"));
        assertThat(problem(joining(1, 2, settings(SHORT, "wrong")))).contains("was not let go by rank 0");
        assertThat(zero).isNotDone();
        Membership one = Ranks.join(Ranks.launch(1, 2, 1), settings(LONG, "right"));
        one.close();
        Ranks.get(zero).close();
    }

    @Test
    void runsWithNames_doNotMeet() {
        List<Membership> all = Ranks.each(
                4, i -> Ranks.join(Ranks.ofRun(Ranks.launch(i % 2, 2, 1), i < 2 ? "a" : "b/ü"), settings(LONG, "")));
        assertThat(all.get(0).members())
                .isEqualTo(all.get(1).members())
                .isNotEqualTo(all.get(2).members());
        all.forEach(Membership::close);
    }

    @Test
    void folderThatIsNone_isAClearError() throws IOException {
        folder = Files.createFile(folder.resolve("file")).resolve("below");
        assertThat(problem(joining(0, 2, LONG)))
                .contains("cannot be made")
                .contains("nccl.rendezvous=file:FOLDER needs a folder that all hosts see");
    }

    @Test
    void readOnlyFolder_isAClearError() throws IOException, InterruptedException {
        try (Mount mount = Mount.tmpfs(folder, "ro,size=64k")) {
            assertThat(problem(joining(1, 2, LONG)))
                    .contains(mount + " cannot be written to")
                    .contains("Read-only");
        }
    }

    @Test
    void fullFolder_isAClearError() throws IOException, InterruptedException {
        try (Mount mount = Mount.tmpfs(folder, "size=4k")) {
            Files.write(folder.resolve("fill"), new byte[4096]);
            assertThat(problem(joining(1, 2, LONG)))
                    .contains(mount + " cannot be written to")
                    .contains("No space left");
            assertThat(files()).containsExactly("fill");
        }
    }

    private List<String> files() throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(f -> f.getFileName().toString()).toList();
        }
    }

    private Membership join(int rank, int size, Duration deadline) {
        return Ranks.join(Ranks.launch(rank, size, 1), settings(deadline, ""));
    }

    private CompletableFuture<Membership> joining(int rank, int size, Duration deadline) {
        return joining(rank, size, settings(deadline, ""));
    }

    private static CompletableFuture<Membership> joining(int rank, int size, RendezvousSettings settings) {
        return Ranks.joining(Ranks.launch(rank, size, 1), settings);
    }

    private static String problem(CompletableFuture<Membership> rank) {
        return Ranks.problem(rank);
    }

    private RendezvousSettings settings(Duration deadline, String token) {
        RendezvousSettings tcp =
                Ranks.settings(deadline, token.isEmpty() ? Map.of() : Map.of(SharedToken.VARIABLE, token));
        return new RendezvousSettings(
                Optional.of(folder), Optional.empty(), tcp.token(), deadline, tcp.heartbeat(), tcp.silence());
    }

    private static void pause() {
        try {
            Thread.sleep(400);
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }
}
