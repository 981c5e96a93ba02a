package dev.kneepoint.backend.nccl;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * What processes that met in a folder tell each other. They can compare what they hold, and nothing else: that one fails or
 * ends is not known to the others, who find out when their collectives take too long.
 */
final class FileControl implements ControlChannel {
    private static final Duration FAREWELL = Duration.ofSeconds(2);
    private static final int ID_BYTES = 16;

    private final RunFolder folder;
    private final byte[] world;
    private final int rank;
    private final int size;
    private final AtomicBoolean closed = new AtomicBoolean();
    private int asked;

    FileControl(RunFolder folder, UUID world, int rank, int size) {
        this.folder = folder;
        this.world = FileWorld.bytes(List.of(world));
        this.rank = rank;
        this.size = size;
    }

    @Override
    public synchronized void agree(String label, byte[] hash, Duration deadline) {
        String entry = Agreement.entry(label, hash);
        int number = asked++;
        String mine = question(number, rank);
        folder.write(mine, ofThisWorld(entry));
        if (rank == 0) {
            folder.write(verdict(number), ofThisWorld(judge(number, label, deadline)));
        }
        Polling polling = new Polling(deadline.plus(FAREWELL));
        Optional<String> verdict = read(verdict(number));
        while (verdict.isEmpty() && polling.again()) {
            verdict = read(verdict(number));
        }
        folder.delete(mine);
        String problem = verdict.orElse(
                "rank 0 did not answer about " + label + " at " + folder.where() + " within " + deadline);
        if (!problem.isEmpty()) {
            throw new RendezvousException(problem);
        }
    }

    private String judge(int number, String label, Duration deadline) {
        Agreement agreement = new Agreement(size);
        Polling polling = new Polling(deadline);
        do {
            for (int other = 0; other < size; other++) {
                int from = other;
                if (!agreement.has(other)) {
                    read(question(number, other)).ifPresent(e -> agreement.put(from, e));
                }
            }
            if (agreement.isComplete()) {
                return agreement.verdict();
            }
        } while (polling.again());
        return agreement.missing(label);
    }

    private static String question(int number, int of) {
        return "agree-" + number + "-" + of;
    }

    private static String verdict(int number) {
        return "verdict-" + number;
    }

    private byte[] ofThisWorld(String text) {
        byte[] bytes = text.getBytes(UTF_8);
        return ByteBuffer.allocate(ID_BYTES + bytes.length)
                .put(world)
                .put(bytes)
                .array();
    }

    private Optional<String> read(String name) {
        return folder.read(name)
                .filter(b -> b.length >= ID_BYTES && Arrays.equals(b, 0, ID_BYTES, world, 0, ID_BYTES))
                .map(b -> new String(b, ID_BYTES, b.length - ID_BYTES, UTF_8));
    }

    @Override
    public Optional<PeerFailure> failure() {
        return Optional.empty();
    }

    @Override
    public void failed(PeerFailure failure) {
        // Nobody looks into the folder while the run lasts.
    }

    /** Rank 0 clears the folder, when the others have seen that they may go. */
    @Override
    public void close() {
        if (closed.compareAndSet(false, true) && rank == 0) {
            Polling polling = new Polling(FAREWELL);
            while (someoneIsOnTheWay() && polling.again()) {
                // Looks again.
            }
            folder.deleteAll();
        }
    }

    private boolean someoneIsOnTheWay() {
        for (int other = 1; other < size; other++) {
            if (folder.read(FileWorld.ack(other)).isPresent()) {
                return true;
            }
        }
        return false;
    }
}
