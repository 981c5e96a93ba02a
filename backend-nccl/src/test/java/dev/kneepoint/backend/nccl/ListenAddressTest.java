package dev.kneepoint.backend.nccl;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ListenAddressTest {
    private static final Optional<String> MASTER = Optional.empty();

    /** No name, since a part of one has at most 63 letters; so nobody asks the network for it. */
    private static final String LONG = "x".repeat(64) + ".invalid";

    @Test
    void master_isTheOnlyPlaceWhereItListens() {
        assertThat(ListenAddress.of(launch("127.0.0.1", 2), MASTER))
                .isEqualTo(new InetSocketAddress(InetAddress.getLoopbackAddress(), 7));
        assertThat(ListenAddress.of(launch("localhost", 2), MASTER).getAddress().isLoopbackAddress())
                .isTrue();
    }

    @ParameterizedTest
    @ValueSource(strings = {"127.0.0.1", "lo"})
    void interface_isTakenByNameOrAddress(String text) throws Exception {
        Parts.need(NetworkInterface.getByName("lo") != null, "the interface lo");
        InetSocketAddress address = ListenAddress.of(launch("192.0.2.1", 2), Optional.of(text));
        assertThat(address.getAddress()).isEqualTo(InetAddress.getLoopbackAddress());
        assertThat(address.getPort()).isEqualTo(7);
    }

    @ParameterizedTest
    @ValueSource(strings = {"192.0.2.1", "no:such"})
    void interfaceThatIsNotThere_isAnErrorThatListsThoseThatAre(String text) {
        assertThatThrownBy(() -> ListenAddress.of(launch("127.0.0.1", 2), Optional.of(text)))
                .isInstanceOf(RendezvousException.class)
                .hasMessageContaining("nccl.interface=" + text)
                .hasMessageContaining("127.0.0.1");
    }

    @Test
    void loopbackOfARunOfSeveralHosts_isAnError() {
        assertThatThrownBy(() -> ListenAddress.of(launch("localhost", 1), MASTER))
                .isInstanceOf(RendezvousException.class)
                .hasMessageContaining("rank 0 is to listen at localhost, which here is 127.0.0.1 and cannot be reached")
                .hasMessageContaining("nccl.interface");
    }

    @Test
    void nameWithoutAddress_isAnError() {
        assertThatThrownBy(() -> ListenAddress.of(launch(LONG, 2), MASTER))
                .isInstanceOf(RendezvousException.class)
                .hasMessageContaining(LONG + ", for which no address is known");
    }

    private static LaunchEnvironment launch(String master, int localSize) {
        return new LaunchEnvironment(
                Launcher.TORCHRUN, 0, 2, 0, OptionalInt.of(localSize), Optional.of(master), 7, Optional.empty());
    }
}
