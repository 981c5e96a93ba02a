package dev.kneepoint.backend.nccl;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Two network namespaces with a wire between them and a host name each, as two hosts; needs the rights of root. */
final class Netns implements AutoCloseable {
    /** The first host's address. */
    static final String FIRST = "10.213.77.1";

    /** The second host's. */
    static final String SECOND = "10.213.77.2";

    /** The first host's name. */
    static final String FIRST_NAME = "host-a";

    /** The second host's. */
    static final String SECOND_NAME = "host-b";

    private final String one;
    private final String other;

    private Netns(String one, String other) {
        this.one = one;
        this.other = other;
    }

    static Netns open() throws IOException, InterruptedException {
        String tag = Long.toString(ProcessHandle.current().pid(), Character.MAX_RADIX);
        Netns netns = new Netns("kp-a-" + tag, "kp-b-" + tag);
        boolean there = ip("netns", "add", netns.one);
        Parts.need(there, "ip of iproute2, and the right to make network namespaces");
        if (ip("netns", "add", netns.other)
                && ip(
                        "link",
                        "add",
                        "kpa" + tag,
                        "netns",
                        netns.one,
                        "type",
                        "veth",
                        "peer",
                        "name",
                        "kpb" + tag,
                        "netns",
                        netns.other)
                && netns.up(netns.one, "kpa" + tag, FIRST)
                && netns.up(netns.other, "kpb" + tag, SECOND)) {
            return netns;
        }
        netns.close();
        Parts.need(false, "a pair of virtual network interfaces (veth)");
        throw new AssertionError("skipped");
    }

    private boolean up(String namespace, String device, String address) throws IOException, InterruptedException {
        return ip("-n", namespace, "addr", "add", address + "/24", "dev", device)
                && ip("-n", namespace, "link", "set", device, "up")
                && ip("-n", namespace, "link", "set", "lo", "up");
    }

    /** A command as it runs on one of the hosts; the process that it starts is the one that the command becomes. */
    List<String> on(boolean first, List<String> command) {
        List<String> all = new ArrayList<>(List.of(
                "ip",
                "netns",
                "exec",
                first ? one : other,
                "unshare",
                "--uts",
                "sh",
                "-c",
                "echo \"$0\" > /proc/sys/kernel/hostname && exec \"$@\"",
                first ? FIRST_NAME : SECOND_NAME));
        all.addAll(command);
        return all;
    }

    /** Cuts the wire without telling anybody. */
    void cut() throws IOException, InterruptedException {
        String device = "kpb" + other.substring(other.lastIndexOf('-') + 1);
        if (!ip("-n", other, "link", "set", device, "down")) {
            throw new AssertionError("the wire could not be cut");
        }
    }

    private static boolean ip(String... arguments) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of("ip"));
        command.addAll(Arrays.asList(arguments));
        return Parts.run(command.toArray(new String[0]));
    }

    @Override
    public void close() throws IOException, InterruptedException {
        ip("netns", "del", one);
        ip("netns", "del", other);
    }
}
