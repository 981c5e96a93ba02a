package dev.kneepoint.backend.nccl;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;

/**
 * What a process says of itself to the others.
 *
 * @param rank its number in the run, from 0
 * @param size how many processes it takes the run for
 * @param version its version of Kneepoint
 * @param host its host's name
 * @param pid its number on that host
 * @param devices the devices that it holds, one for each rank of the plan that it will run, at most {@link #MOST_DEVICES}
 * @param runId what the run has in common that others have not; empty if nobody says
 * @param instance tells this start of the process from any other
 */
record Hello(
        int rank, int size, String version, String host, long pid, List<Device> devices, String runId, UUID instance) {
    /** What this class writes, and the one thing that all versions read. */
    static final int PROTOCOL = 1;

    /** The most bytes that one may have. */
    static final int MOST_BYTES = 16_384;

    /** The most devices of one process. */
    static final int MOST_DEVICES = 64;

    private static final int LONGEST = 128;

    /**
     * A device.
     *
     * @param uuid what tells it from all others of the world; empty if it has none
     * @param busId where it is on its host; empty if that is not known
     */
    record Device(String uuid, String busId) {
        private static final int LONGEST_ID = 48;

        Device {
            uuid = WireText.cut(uuid, LONGEST_ID);
            busId = WireText.cut(busId, LONGEST_ID);
        }
    }

    Hello {
        if (devices.size() > MOST_DEVICES) {
            throw new IllegalArgumentException(
                    "a process has at most " + MOST_DEVICES + " devices, not " + devices.size());
        }
        devices = List.copyOf(devices);
        version = WireText.cut(version, LONGEST);
        host = WireText.cut(host, LONGEST);
        runId = WireText.cut(runId, LONGEST);
    }

    /** This process. */
    static Hello here(LaunchEnvironment launch, List<Device> devices) {
        return new Hello(
                launch.rank(),
                launch.size(),
                KneepointVersion.current(),
                hostName(),
                ProcessHandle.current().pid(),
                devices,
                launch.runId().orElse(""),
                UUID.randomUUID());
    }

    /** Who it is, for messages. */
    String who() {
        return "rank " + rank + " (" + where() + ")";
    }

    /** Where it runs, for messages. */
    String where() {
        return "process " + pid + " on " + host;
    }

    byte[] toBytes() {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (DataOutputStream out = new DataOutputStream(bytes)) {
            out.writeShort(PROTOCOL);
            out.writeInt(rank);
            out.writeInt(size);
            WireText.write(out, version);
            WireText.write(out, host);
            out.writeLong(pid);
            WireText.write(out, runId);
            out.writeLong(instance.getMostSignificantBits());
            out.writeLong(instance.getLeastSignificantBits());
            out.writeByte(devices.size());
            for (Device device : devices) {
                WireText.write(out, device.uuid());
                WireText.write(out, device.busId());
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return bytes.toByteArray();
    }

    /**
     * Reads what another process wrote.
     *
     * @throws IOException if it is malformed or of another protocol; the message says which
     */
    static Hello of(byte[] bytes) throws IOException {
        DataInputStream in = new DataInputStream(new ByteArrayInputStream(bytes));
        int protocol = in.readUnsignedShort();
        int rank = in.readInt();
        int size = in.readInt();
        String version = WireText.read(in, LONGEST);
        String host = WireText.read(in, LONGEST);
        if (protocol != PROTOCOL) {
            throw new OtherProtocolException("rank " + rank + " on " + host + " runs Kneepoint " + version
                    + " with protocol " + protocol + ", this process " + KneepointVersion.current() + " with protocol "
                    + PROTOCOL + "; all need the same version");
        }
        long pid = in.readLong();
        String runId = WireText.read(in, LONGEST);
        UUID instance = new UUID(in.readLong(), in.readLong());
        int count = in.readUnsignedByte();
        if (count > MOST_DEVICES) {
            throw new IOException(count + " devices, where " + MOST_DEVICES + " are the most");
        }
        List<Device> devices = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            devices.add(new Device(WireText.read(in, Device.LONGEST_ID), WireText.read(in, Device.LONGEST_ID)));
        }
        return new Hello(rank, size, version, host, pid, devices, runId, instance);
    }

    /** A member of the run, with another version of these messages. */
    static final class OtherProtocolException extends IOException {
        private static final long serialVersionUID = 1L;

        OtherProtocolException(String message) {
            super(message);
        }
    }

    private static String hostName() {
        try {
            return Files.readString(Path.of("/proc/sys/kernel/hostname")).strip();
        } catch (IOException e) {
            try {
                return InetAddress.getLocalHost().getHostName();
            } catch (UnknownHostException unknown) {
                return "unknown host";
            }
        }
    }
}
