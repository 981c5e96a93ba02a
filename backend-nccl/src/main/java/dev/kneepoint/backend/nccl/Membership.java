package dev.kneepoint.backend.nccl;

import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * This process's place in a run whose processes have all found each other. Thread-safe; to be closed when the run is over.
 */
final class Membership implements AutoCloseable {
    private final int rank;
    private final byte[] uniqueId;
    private final List<Hello> members;
    private final ControlChannel channel;

    Membership(int rank, byte[] uniqueId, List<Hello> members, ControlChannel channel) {
        this.rank = rank;
        this.uniqueId = uniqueId.clone();
        this.members = List.copyOf(members);
        this.channel = channel;
    }

    /** This process's number, from 0. */
    int rank() {
        return rank;
    }

    /** How many processes there are. */
    int size() {
        return members.size();
    }

    /** What rank 0's supplier gave, the same everywhere. */
    byte[] uniqueId() {
        return uniqueId.clone();
    }

    /** All processes, by rank. */
    List<Hello> members() {
        return members;
    }

    /** How many devices all processes have together. */
    int devices() {
        return members.stream().mapToInt(m -> m.devices().size()).sum();
    }

    /**
     * How many devices the processes before one have together: the number of its first device in the run.
     *
     * @param process from 0 to the number of processes
     */
    int devicesBefore(int process) {
        return members.subList(0, process).stream()
                .mapToInt(m -> m.devices().size())
                .sum();
    }

    /**
     * Refuses two processes with one device. All processes find the same.
     *
     * @throws RendezvousException if there are; it names both
     */
    void requireDevicesOfTheirOwn() {
        Map<String, Hello> owners = new HashMap<>();
        for (Hello member : members) {
            for (Hello.Device device : member.devices()) {
                String id = device.uuid().isEmpty() ? device.busId() + " of " + member.host() : device.uuid();
                Hello other = owners.putIfAbsent(id, member);
                if (other != null) {
                    throw new RendezvousException(other.who() + " and " + member.who() + " both have device " + id
                            + "; each needs one of its own: start one process for each GPU, with nccl.local-rank or a"
                            + " launcher that counts the processes of a host, or with CUDA_VISIBLE_DEVICES of its own");
                }
            }
        }
    }

    /** How the processes hear of each other from now on. */
    ControlChannel channel() {
        return channel;
    }

    @Override
    public void close() {
        channel.close();
    }
}
