package dev.kneepoint.backend.nccl;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@ExtendWith(OwnThreads.class)
class RendezvousTest {
    private static final Duration LONG = Duration.ofSeconds(30);
    private static final Duration SHORT = Duration.ofMillis(1500);

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 8})
    void ranks_getTheSameIdAndKnowEachOther(int size) {
        List<Membership> all = Ranks.all(size, Ranks.settings(LONG));
        for (int rank = 0; rank < size; rank++) {
            Membership member = all.get(rank);
            assertThat(member.rank()).isEqualTo(rank);
            assertThat(member.uniqueId()).isEqualTo(Ranks.ID);
            assertThat(member.members()).isEqualTo(all.getFirst().members()).hasSize(size);
            assertThat(member.members().get(rank).rank()).isEqualTo(rank);
            assertThat(member.devices()).isEqualTo(size);
            assertThat(member.devicesBefore(rank)).isEqualTo(rank);
            assertThat(member.channel().failure()).isEmpty();
            member.requireDevicesOfTheirOwn();
        }
        all.forEach(Membership::close);
    }

    @Test
    void firstRank_maybeTheLastToCome() throws InterruptedException {
        int port = LocalPort.free();
        CompletableFuture<Membership> one = Ranks.joining(Ranks.launch(1, 2, port), Ranks.settings(LONG));
        Thread.sleep(300);
        assertThat(one).isNotDone();
        Membership zero = Ranks.join(Ranks.launch(0, 2, port), Ranks.settings(LONG));
        Ranks.get(one).close();
        zero.close();
    }

    @Test
    void token_letsThoseInWhoHaveIt() {
        List<Membership> all = Ranks.all(3, Ranks.settings(LONG, Map.of(SharedToken.VARIABLE, "open sesame")));
        all.forEach(Membership::close);
    }

    @ParameterizedTest
    @CsvSource({"right, wrong", "right, ''", "'', wrong"})
    void wrongToken_isRefusedAndTheRunWaitsForTheRightOne(String token, String wrong) {
        int port = LocalPort.free();
        CompletableFuture<Membership> zero = Ranks.joining(Ranks.launch(0, 2, port), Ranks.settings(LONG, with(token)));
        String told = Ranks.problem(Ranks.joining(Ranks.launch(1, 2, port), Ranks.settings(LONG, with(wrong))));
        assertThat(told).contains("its KNEEPOINT_TOKEN is not this run's");
        assertThat(zero).isNotDone();
        Membership one = Ranks.join(Ranks.launch(1, 2, port), Ranks.settings(LONG, with(token)));
        one.close();
        Ranks.get(zero).close();
    }

    @Test
    void emptyToken_isAnError() {
        assertThatThrownBy(() -> Ranks.settings(LONG, Map.of(SharedToken.VARIABLE, " ")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("KNEEPOINT_TOKEN is set and empty");
    }

    @Test
    void rankThatNeverComes_isNamedToAll() {
        int port = LocalPort.free();
        List<String> told = Ranks.each(
                4,
                rank -> rank == 2
                        ? ""
                        : Ranks.problem(Ranks.joining(Ranks.launch(rank, 4, port), Ranks.settings(SHORT))));
        for (int rank : new int[] {0, 1, 3}) {
            assertThat(told.get(rank))
                    .contains("not all processes came ")
                    .contains("there: ranks 0-1, 3 (on ")
                    .contains("missing: rank 2 of 4");
        }
    }

    @Test
    void firstRankThatNeverComes_isNamedToAll() {
        int port = LocalPort.free();
        assertThat(Ranks.problem(Ranks.joining(Ranks.launch(1, 2, port), Ranks.settings(SHORT))))
                .contains("rank 1 did not reach rank 0 at 127.0.0.1:" + port + " within PT1.5S")
                .contains("Connection refused");
    }

    @Test
    void otherSize_isToldToAll() {
        int port = LocalPort.free();
        List<String> told = Ranks.each(
                3,
                rank -> Ranks.problem(
                        Ranks.joining(Ranks.launch(rank, rank == 2 ? 4 : 3, port), Ranks.settings(LONG))));
        assertThat(told)
                .allSatisfy(text -> assertThat(text)
                        .contains("rank 2 (process ")
                        .contains("was started as one of 4 processes, rank 0 (process ")
                        .contains("as one of 3"));
    }

    @Test
    void twoWithOneNumber_areToldToAll() {
        int port = LocalPort.free();
        List<String> told = Ranks.each(
                3, i -> Ranks.problem(Ranks.joining(Ranks.launch(Math.min(i, 1), 3, port), Ranks.settings(LONG))));
        assertThat(told).allSatisfy(text -> assertThat(text).contains("two processes have rank 1: process "));
    }

    @Test
    void otherVersion_isToldToAllByRank() {
        int port = LocalPort.free();
        List<String> told = Ranks.each(3, rank -> {
            LaunchEnvironment launch = Ranks.launch(rank, 3, port);
            Hello hello = Ranks.hello(launch);
            return problem(launch, rank == 1 ? Ranks.withVersion(hello, "9.9") : hello);
        });
        assertThat(told)
                .allSatisfy(text -> assertThat(text)
                        .contains("rank 1 (process ")
                        .contains("runs Kneepoint 9.9, rank 0 (process ")
                        .contains(KneepointVersion.current()));
    }

    @Test
    void otherRun_isSentAwayAndDoesNotHarm() {
        int port = LocalPort.free();
        CompletableFuture<Membership> zero =
                Ranks.joining(Ranks.ofRun(Ranks.launch(0, 2, port), "a"), Ranks.settings(LONG));
        assertThat(Ranks.problem(Ranks.joining(Ranks.ofRun(Ranks.launch(1, 2, port), "b"), Ranks.settings(SHORT))))
                .contains("is of run 'a', rank 1")
                .contains("of run 'b'");
        Membership one = Ranks.join(Ranks.ofRun(Ranks.launch(1, 2, port), "a"), Ranks.settings(LONG));
        one.close();
        Ranks.get(zero).close();
    }

    @Test
    void thirdOfTwo_isRefusedWithoutHarm() {
        int port = LocalPort.free();
        List<Membership> all = Ranks.each(2, rank -> Ranks.join(Ranks.launch(rank, 2, port), Ranks.settings(LONG)));
        assertThat(Ranks.problem(Ranks.joining(Ranks.launch(1, 2, port), Ranks.settings(LONG))))
                .contains("two processes have rank 1");
        all.forEach(m -> assertThat(m.channel().failure()).isEmpty());
        all.forEach(Membership::close);
    }

    @Test
    void thirdOfTwoOfANamedRun_isToldToAll() throws InterruptedException {
        int port = LocalPort.free();
        List<Membership> all =
                Ranks.each(2, rank -> Ranks.join(Ranks.ofRun(Ranks.launch(rank, 2, port), "a"), Ranks.settings(LONG)));
        assertThat(Ranks.problem(Ranks.joining(Ranks.ofRun(Ranks.launch(1, 2, port), "a"), Ranks.settings(LONG))))
                .contains("two processes have rank 1");
        for (Membership member : all) {
            assertThat(failure(member).text()).contains("two processes have rank 1");
            member.close();
        }
    }

    @Test
    void idThatCannotBeMade_isToldToAll() {
        int port = LocalPort.free();
        CompletableFuture<Membership> one = Ranks.joining(Ranks.launch(1, 2, port), Ranks.settings(LONG));
        LaunchEnvironment launch = Ranks.launch(0, 2, port);
        assertThatThrownBy(() -> Rendezvous.join(launch, Ranks.settings(LONG), Ranks.hello(launch), () -> {
                    throw NcclException.of("ncclGetUniqueId", 2, "ncclSystemError", "no network");
                }))
                .isInstanceOf(NcclException.class);
        assertThat(Ranks.problem(one)).contains("rank 0 (process ").contains("ncclSystemError");
    }

    @Test
    void takenPort_isAnErrorThatSaysWhatToDo() throws IOException {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            assertThat(Ranks.problem(Ranks.joining(Ranks.launch(0, 2, taken.getLocalPort()), Ranks.settings(LONG))))
                    .contains("rank 0 cannot listen at")
                    .contains("MASTER_PORT or nccl.port");
        }
    }

    @Test
    void addressThatIsNotRankZeros_isAnError() {
        LaunchEnvironment launch = withMaster(Ranks.launch(0, 2, 29_000), "192.0.2.1");
        assertThat(Ranks.problem(Ranks.joining(launch, Ranks.settings(LONG))))
                .contains("192.0.2.1")
                .contains("no address of this host")
                .contains("nccl.interface");
    }

    @Test
    void oneDeviceOfTwoRanks_isNamed() {
        int port = LocalPort.free();
        List<Membership> all = Ranks.each(2, rank -> {
            LaunchEnvironment launch = Ranks.launch(rank, 2, port);
            Hello hello = Hello.here(launch, List.of(new Hello.Device("GPU-7", "0000:07")));
            return Rendezvous.join(launch, Ranks.settings(LONG), hello, () -> Ranks.ID);
        });
        all.forEach(m -> assertThatThrownBy(m::requireDevicesOfTheirOwn)
                .isInstanceOf(RendezvousException.class)
                .hasMessageMatching("rank 0 \\(.*\\) and rank 1 \\(.*\\) both have device GPU-7.*"));
        all.forEach(Membership::close);
    }

    static PeerFailure failure(Membership member) throws InterruptedException {
        for (int i = 0; i < 1000; i++) {
            Optional<PeerFailure> failure = member.channel().failure();
            if (failure.isPresent()) {
                return failure.get();
            }
            Thread.sleep(10);
        }
        throw new AssertionError("rank " + member.rank() + " heard of no failure");
    }

    private static String problem(LaunchEnvironment launch, Hello hello) {
        try {
            Rendezvous.join(launch, Ranks.settings(LONG), hello, () -> Ranks.ID).close();
        } catch (RendezvousException e) {
            return String.valueOf(e.getMessage());
        }
        throw new AssertionError("it did not fail");
    }

    private static Map<String, String> with(String token) {
        return token.isEmpty() ? Map.of() : Map.of(SharedToken.VARIABLE, token);
    }

    private static LaunchEnvironment withMaster(LaunchEnvironment launch, String host) {
        return new LaunchEnvironment(
                launch.launcher(),
                launch.rank(),
                launch.size(),
                0,
                launch.localSize(),
                Optional.of(host),
                launch.masterPort(),
                Optional.empty());
    }
}
