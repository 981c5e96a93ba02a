package dev.kneepoint.backend.nccl;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.DataInputStream;
import java.io.IOException;
import java.net.Socket;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@ExtendWith(OwnThreads.class)
class ControlChannelTest {
    private static final Duration LONG = Duration.ofSeconds(30);

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 3})
    void failureOfARank_isToldToAllOthers(int rank) throws InterruptedException {
        List<Membership> all = Ranks.all(4, Ranks.settings(LONG));
        PeerFailure failure =
                new PeerFailure(rank, "layer 3 forward", "tensor group [0, 1]", "ncclSystemError: no route");
        all.get(rank).channel().failed(failure);
        for (Membership member : all) {
            if (member.rank() != rank) {
                assertThat(RendezvousTest.failure(member)).isEqualTo(failure);
            }
        }
        assertThat(failure.text())
                .isEqualTo("rank " + rank + ", op 'layer 3 forward', tensor group [0, 1], ncclSystemError: no route");
        assertThat(all.get(rank).channel().failure()).isEmpty();
        all.forEach(Membership::close);
    }

    @Test
    void firstFailure_isTheOneThatAllHearOf() throws InterruptedException {
        List<Membership> all = Ranks.all(3, Ranks.settings(LONG));
        all.get(1).channel().failed(new PeerFailure(1, "a", "", "first"));
        RendezvousTest.failure(all.get(0));
        RendezvousTest.failure(all.get(2));
        all.get(2).channel().failed(new PeerFailure(2, "b", "", "second"));
        all.get(0).channel().failed(new PeerFailure(0, "c", "", "third"));
        Thread.sleep(300);
        assertThat(RendezvousTest.failure(all.get(0)).message()).isEqualTo("first");
        assertThat(RendezvousTest.failure(all.get(2)).message()).isEqualTo("first");
        assertThat(all.get(1).channel().failure()).isEmpty();
        all.forEach(Membership::close);
    }

    @Test
    void goodbye_isNoFailure() throws InterruptedException {
        List<Membership> all = Ranks.all(3, Ranks.settings(LONG));
        all.get(1).close();
        all.get(0).close();
        Thread.sleep(300);
        assertThat(all).allSatisfy(m -> assertThat(m.channel().failure()).isEmpty());
        all.forEach(Membership::close);
        all.forEach(Membership::close);
    }

    @Test
    @Tag("long")
    void heartbeats_keepAQuietRunAlive() throws InterruptedException {
        RendezvousSettings quick = patient(Duration.ofMillis(50), Duration.ofSeconds(2));
        List<Membership> all = Ranks.all(3, quick);
        Thread.sleep(3000);
        assertThat(all).allSatisfy(m -> assertThat(m.channel().failure()).isEmpty());
        all.forEach(Membership::close);
    }

    @Test
    void memberThatFallsSilent_countsAsGone() throws IOException, InterruptedException {
        int port = LocalPort.free();
        RendezvousSettings quick = patient(Duration.ofMillis(50), Duration.ofMillis(600));
        CompletableFuture<Membership> zero = Ranks.joining(Ranks.launch(0, 2, port), quick);
        try (Socket silent = member(port, quick)) {
            assertThat(RendezvousTest.failure(Ranks.get(zero)).text())
                    .contains("rank 1, process ")
                    .contains("it was silent for PT0.6S, as if its host were gone");
            assertThat(silent.isConnected()).isTrue();
        }
        Ranks.get(zero).close();
    }

    @Test
    void memberThatTalksNonsense_countsAsFailed() throws IOException, InterruptedException {
        int port = LocalPort.free();
        RendezvousSettings settings = Ranks.settings(LONG);
        CompletableFuture<Membership> zero = Ranks.joining(Ranks.launch(0, 2, port), settings);
        try (Socket mad = member(port, settings)) {
            mad.getOutputStream().write(new byte[] {99, 1, 2, 3, 4, 5});
            assertThat(RendezvousTest.failure(Ranks.get(zero)).text()).contains("no message of Kneepoint (type 99)");
        }
        Ranks.get(zero).close();
    }

    /** Comes as rank 1 of 2 and then does nothing by itself. */
    private static Socket member(int port, RendezvousSettings settings) throws IOException, InterruptedException {
        Socket socket = HostileTest.connect(port);
        DataInputStream in = new DataInputStream(socket.getInputStream());
        Handshake.exactly(in, Handshake.magic().length);
        byte[] nonce = Handshake.exactly(in, SharedToken.BYTES);
        socket.getOutputStream().write(Handshake.magic());
        Hello hello = Ranks.hello(Ranks.launch(1, 2, port));
        socket.getOutputStream()
                .write(Handshake.hello(settings.token(), nonce, SharedToken.nonce(), hello)
                        .toBytes());
        Frame.Type type = Frame.Type.ACCEPTED;
        while (type != Frame.Type.WORLD) {
            type = Frame.read(in, EnumSet.of(Frame.Type.ACCEPTED, Frame.Type.ROSTER, Frame.Type.WORLD))
                    .type();
        }
        return socket;
    }

    private static RendezvousSettings patient(Duration heartbeat, Duration silence) {
        RendezvousSettings settings = Ranks.settings(LONG);
        return new RendezvousSettings(
                settings.folder(), settings.listenOn(), settings.token(), LONG, heartbeat, silence);
    }
}
