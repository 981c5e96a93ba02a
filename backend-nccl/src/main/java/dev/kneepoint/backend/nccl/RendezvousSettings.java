package dev.kneepoint.backend.nccl;

import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.format.DateTimeParseException;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * How the processes of a run find each other.
 *
 * @param folder a folder that all hosts see, to meet in; empty to meet at rank 0's address
 * @param listenOn the name or address of the interface that rank 0 listens on; empty for the one that its address belongs to
 * @param token what the run's processes know and others do not
 * @param deadline how long a process waits for the others
 * @param heartbeat how often they tell each other that they are there
 * @param silence how long one may say nothing before it counts as gone
 */
record RendezvousSettings(
        Optional<Path> folder,
        Optional<String> listenOn,
        SharedToken token,
        Duration deadline,
        Duration heartbeat,
        Duration silence) {
    /** Names of the options that are read here, without the backend's name. */
    static final List<String> OPTIONS = List.of("rendezvous", "interface", "rendezvous-timeout");

    private static final String RENDEZVOUS = "nccl.rendezvous";
    private static final String TIMEOUT = "nccl.rendezvous-timeout";
    private static final String FILE = "file:";
    private static final Duration LONGEST = Duration.ofDays(1);
    private static final Duration HEARTBEAT = Duration.ofSeconds(1);
    private static final Duration SILENCE = Duration.ofSeconds(30);

    /**
     * Reads them.
     *
     * @param environment the process's variables, of which {@value SharedToken#VARIABLE} holds the token
     * @param options the backend's, by full name; others than these are not looked at
     * @throws IllegalArgumentException if one is malformed
     */
    static RendezvousSettings of(Map<String, String> environment, Map<String, String> options) {
        return new RendezvousSettings(
                folder(options.getOrDefault(RENDEZVOUS, "tcp")),
                Optional.ofNullable(options.get("nccl.interface")),
                SharedToken.of(environment),
                timeout(options.getOrDefault(TIMEOUT, "PT2M")),
                HEARTBEAT,
                SILENCE);
    }

    private static Optional<Path> folder(String text) {
        if (text.equals("tcp")) {
            return Optional.empty();
        }
        if (text.startsWith(FILE) && text.length() > FILE.length()) {
            try {
                return Optional.of(Path.of(text.substring(FILE.length())));
            } catch (InvalidPathException e) {
                throw new IllegalArgumentException(RENDEZVOUS + "=" + text + " is no path: " + e.getReason(), e);
            }
        }
        throw new IllegalArgumentException(
                RENDEZVOUS + " is 'tcp' or 'file:FOLDER' with a folder that all hosts see, not '" + text + "'");
    }

    private static Duration timeout(String text) {
        try {
            Duration value = Duration.parse(text);
            if (value.isPositive() && value.compareTo(LONGEST) <= 0) {
                return value;
            }
        } catch (DateTimeParseException e) {
            throw new IllegalArgumentException(TIMEOUT + " is a duration such as PT2M, not '" + text + "'", e);
        }
        throw new IllegalArgumentException(TIMEOUT + " is above zero and at most a day, not " + text);
    }
}
