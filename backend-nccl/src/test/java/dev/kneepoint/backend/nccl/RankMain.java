package dev.kneepoint.backend.nccl;

import com.google.common.base.Splitter;
import java.io.PrintStream;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;

/**
 * A rank as a process of its own. It says on its output how far it is, and then waits for a failure, or for the word to leave
 * on its input. Arguments are the backend's options, and {@code --fail=TEXT}, {@code --version=VERSION}, {@code --leave}.
 */
final class RankMain {
    private static final PrintStream OUT = System.out;

    private RankMain() {}

    public static void main(String[] arguments) throws Exception {
        Map<String, String> options = new HashMap<>();
        for (String argument : arguments) {
            List<String> parts = Splitter.on('=').limit(2).splitToList(argument);
            options.put(parts.get(0), parts.size() > 1 ? parts.get(1) : "");
        }
        try {
            LaunchEnvironment launch = LaunchEnvironment.of(System.getenv(), options);
            OUT.println("STARTED " + launch.launcher() + " " + launch.rank() + " " + launch.size() + " "
                    + launch.localRank() + " " + ProcessHandle.current().pid());
            if (options.containsKey("--accepted")) {
                sayWhenAccepted(Thread.currentThread());
            }
            RendezvousSettings settings = RendezvousSettings.of(System.getenv(), options);
            Membership membership = Rendezvous.join(launch, settings, hello(launch, options), () -> Ranks.ID);
            OUT.println("JOINED " + HexFormat.of().formatHex(membership.uniqueId()));
            run(membership, options);
        } catch (RuntimeException e) {
            OUT.println("ERROR " + e.getMessage());
        }
        OUT.println("ENDED " + OwnThreads.names());
    }

    /** Nothing else shows from outside that rank 0 counts on this process, which still waits for others. */
    private static void sayWhenAccepted(Thread joining) {
        Thread.ofPlatform().daemon().start(() -> {
            while (Arrays.stream(joining.getStackTrace())
                    .noneMatch(f -> f.getClassName().equals(SpokeEntry.class.getName())
                            && f.getMethodName().equals("accepted"))) {
                LockSupport.parkNanos(1_000_000);
            }
            OUT.println("ACCEPTED");
        });
    }

    private static Hello hello(LaunchEnvironment launch, Map<String, String> options) {
        Hello hello = Ranks.hello(launch);
        return options.containsKey("--version") ? Ranks.withVersion(hello, options.get("--version")) : hello;
    }

    private static void run(Membership membership, Map<String, String> options) throws Exception {
        try (membership) {
            ControlChannel channel = membership.channel();
            if (options.containsKey("--fail")) {
                channel.failed(new PeerFailure(membership.rank(), "layer 1", "data group", options.get("--fail")));
            }
            Optional<PeerFailure> failure = channel.failure();
            while (failure.isEmpty()
                    && !options.containsKey("--leave")
                    && !options.containsKey("--fail")
                    && System.in.available() == 0) {
                Thread.sleep(5);
                failure = channel.failure();
            }
            failure.ifPresent(f -> OUT.println("FAILURE " + f.text()));
        }
    }
}
