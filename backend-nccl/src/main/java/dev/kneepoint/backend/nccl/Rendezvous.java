package dev.kneepoint.backend.nccl;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.function.Supplier;

/**
 * How the processes of a run find each other and get NCCL's unique id: at rank 0's address by TCP, or in a folder that all
 * hosts see.
 */
final class Rendezvous {
    private Rendezvous() {}

    /**
     * Joins the run.
     *
     * @param launch what this process is in it
     * @param settings how the processes meet
     * @param hello what this process says of itself
     * @param uniqueId makes the id, of 1 to {@link World#MOST_ID_BYTES} bytes; called at rank 0, when all have come
     * @return its place in the run, to be closed when the run is over
     * @throws RendezvousException if the processes do not find each other in time or do not fit together; all of them that
     *     can be reached say the same
     * @throws IllegalArgumentException if nobody says where to meet
     */
    static Membership join(
            LaunchEnvironment launch, RendezvousSettings settings, Hello hello, Supplier<byte[]> uniqueId) {
        if (launch.size() == 1) {
            return new Membership(0, uniqueId.get(), List.of(hello), new AloneChannel());
        }
        if (settings.folder().isPresent()) {
            RunFolder folder = new RunFolder(settings.folder().get(), hello.runId(), settings.token());
            FileMeeting meeting = new FileMeeting(folder, hello, settings);
            return launch.rank() == 0 ? meeting.host(uniqueId) : meeting.join();
        }
        if (launch.rank() == 0) {
            return host(launch, settings, hello, uniqueId);
        }
        return new SpokeEntry(launch.master(), hello, settings).enter();
    }

    private static Membership host(
            LaunchEnvironment launch, RendezvousSettings settings, Hello hello, Supplier<byte[]> uniqueId) {
        InetSocketAddress address = ListenAddress.of(launch.master(), settings.listenOn());
        Hub hub;
        try {
            hub = new Hub(address, hello, settings);
        } catch (IOException e) {
            throw new RendezvousException(
                    "rank 0 cannot listen at " + address + ": " + e.getMessage()
                            + "; another run may have the port: choose a free one by MASTER_PORT or nccl.port",
                    e);
        }
        try {
            List<Hello> members = hub.gather();
            World world = new World(uniqueId.get(), members);
            hub.open(world);
            return new Membership(0, world.uniqueId(), world.members(), hub);
        } catch (RuntimeException e) {
            hub.giveUp("rank 0 (" + hello.where() + ") gave up: " + e.getMessage());
            throw e;
        }
    }
}
