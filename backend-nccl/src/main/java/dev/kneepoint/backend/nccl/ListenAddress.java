package dev.kneepoint.backend.nccl;

import com.google.common.net.HostAndPort;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.net.UnknownHostException;
import java.util.Arrays;
import java.util.Comparator;
import java.util.Optional;
import java.util.stream.Collectors;

/** The one address that rank 0 listens on. */
final class ListenAddress {
    private ListenAddress() {}

    /**
     * Finds it.
     *
     * @param master where the others look for rank 0
     * @param listenOn an interface's name or an address; empty for the first address of the master's that is this host's
     * @throws RendezvousException if there is none
     */
    static InetSocketAddress of(HostAndPort master, Optional<String> listenOn) {
        InetAddress address = listenOn.isPresent() ? given(listenOn.get()) : own(master.getHost());
        return new InetSocketAddress(address, master.getPort());
    }

    private static InetAddress given(String text) {
        try {
            NetworkInterface named = NetworkInterface.getByName(text);
            if (named != null) {
                return named.inetAddresses()
                        .min(Comparator.comparing(a -> !(a instanceof Inet4Address)))
                        .orElseThrow(() -> new RendezvousException(
                                "nccl.interface=" + text + " has no address; this host has " + addresses()));
            }
            InetAddress address = InetAddress.getByName(text);
            if (isOwn(address)) {
                return address;
            }
        } catch (SocketException | UnknownHostException e) {
            throw new RendezvousException(
                    "nccl.interface=" + text + " is no interface or address; this host has " + addresses(), e);
        }
        throw new RendezvousException("nccl.interface=" + text + " is no address of this host; it has " + addresses());
    }

    private static InetAddress own(String host) {
        InetAddress[] all;
        try {
            all = InetAddress.getAllByName(host);
        } catch (UnknownHostException e) {
            throw new RendezvousException(
                    "rank 0 is to listen at " + host + ", for which no address is known; this host has " + addresses(),
                    e);
        }
        return Arrays.stream(all)
                .filter(ListenAddress::isOwn)
                .findFirst()
                .orElseThrow(
                        () -> new RendezvousException(
                                "rank 0 is to listen at " + host + ", which is "
                                        + Arrays.stream(all)
                                                .map(InetAddress::getHostAddress)
                                                .collect(Collectors.joining(", "))
                                        + " and no address of this host; it has " + addresses()
                                        + "; give its address as nccl.master (or MASTER_ADDR), or what it listens on as nccl.interface"));
    }

    private static boolean isOwn(InetAddress address) {
        try {
            return address.isAnyLocalAddress()
                    || address.isLoopbackAddress()
                    || NetworkInterface.getByInetAddress(address) != null;
        } catch (SocketException e) {
            return false;
        }
    }

    private static String addresses() {
        try {
            return NetworkInterface.networkInterfaces()
                    .flatMap(i -> i.inetAddresses().map(a -> i.getName() + " " + a.getHostAddress()))
                    .collect(Collectors.joining(", "));
        } catch (SocketException e) {
            return "addresses that cannot be read (" + e.getMessage() + ")";
        }
    }
}
