package dev.kneepoint.backend.nccl;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.io.Writer;
import java.lang.invoke.VarHandle;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.function.LongSupplier;

/**
 * The last {@value #OPS} ops of a rank, to be read after a failure. One thread records, without waiting for anybody and
 * without allocating; any thread may write the record to a file meanwhile, which leaves out what is being overwritten.
 */
final class FlightRecorder {
    /** How many ops are kept. */
    static final int OPS = 1000;

    /** The option that names the folder, without the backend's name. */
    static final String OPTION = "flight-record";

    private static final JsonFactory JSON = new JsonFactory();
    private static final long NOTHING = -1;
    private static final int NANOS_PER_MICRO = 1000;

    private final int rank;
    private final LongSupplier epochNanos;
    private final String[] ops = new String[OPS];
    private final String[] groups = new String[OPS];
    private final String[] streams = new String[OPS];
    private final long[] bytes = new long[OPS];
    private final long[] begun = new long[OPS];

    /** Number of the op that a slot holds; {@link #NOTHING} while it is written to. */
    private final AtomicLongArray numbers = new AtomicLongArray(OPS);

    /** When the op of a slot was seen to have ended; {@link #NOTHING} before. */
    private final AtomicLongArray ended = new AtomicLongArray(OPS);

    private long next;

    /**
     * An empty record.
     *
     * @param rank whose ops these are, from 0
     * @param epochNanos the time since 1970 in nanoseconds, by a clock that does not allocate
     */
    FlightRecorder(int rank, LongSupplier epochNanos) {
        this.rank = rank;
        this.epochNanos = epochNanos;
        for (int slot = 0; slot < OPS; slot++) {
            numbers.setPlain(slot, NOTHING);
        }
    }

    /** An empty record, on this machine's clock. */
    static FlightRecorder of(int rank) {
        long origin = ChronoUnit.NANOS.between(Instant.EPOCH, Instant.now()) - System.nanoTime();
        return new FlightRecorder(rank, () -> origin + System.nanoTime());
    }

    /**
     * The folder that the records are written to.
     *
     * @param options the backend's, by full name
     * @return empty if none is wanted
     * @throws IllegalArgumentException if it is no path
     */
    static Optional<Path> folder(Map<String, String> options) {
        String text = options.get("nccl." + OPTION);
        if (text == null) {
            return Optional.empty();
        }
        try {
            if (!text.isBlank()) {
                return Optional.of(Path.of(text));
            }
        } catch (InvalidPathException e) {
            throw new IllegalArgumentException("nccl." + OPTION + " is a folder, not '" + text + "'", e);
        }
        throw new IllegalArgumentException("nccl." + OPTION + " is a folder, not empty");
    }

    /**
     * Records that an op was given to the device. On the recording thread.
     *
     * @param op its name in the plan
     * @param group its process group; empty if it has none
     * @param stream the stream that it runs on
     * @param size how many bytes it moves
     * @return its number, from 0
     */
    long enqueued(String op, String group, String stream, long size) {
        long number = next++;
        int slot = slot(number);
        numbers.setOpaque(slot, NOTHING);
        VarHandle.storeStoreFence();
        ops[slot] = op;
        groups[slot] = group;
        streams[slot] = stream;
        bytes[slot] = size;
        begun[slot] = epochNanos.getAsLong();
        ended.setPlain(slot, NOTHING);
        numbers.setRelease(slot, number);
        return number;
    }

    /**
     * Records that an op was seen to have ended. On the recording thread; one that is no longer kept is ignored.
     *
     * @param number what {@link #enqueued} gave
     */
    void ended(long number) {
        int slot = slot(number);
        if (numbers.getPlain(slot) == number) {
            ended.setRelease(slot, epochNanos.getAsLong());
        }
    }

    private static int slot(long number) {
        return (int) (number % OPS);
    }

    /**
     * Writes the record, an op a line as JSON, the oldest first. On any thread.
     *
     * @param folder made if it is not there
     * @return the file, {@code flight-rank-N.jsonl}, in place of one that was there
     * @throws IOException if it cannot be written
     */
    Path write(Path folder) throws IOException {
        Files.createDirectories(folder);
        Path file = folder.resolve("flight-rank-" + rank + ".jsonl");
        Path part = folder.resolve("flight-rank-" + rank + ".part");
        try {
            try (Writer out = Files.newBufferedWriter(part)) {
                writeAll(out);
            }
            return Files.move(part, file, StandardCopyOption.REPLACE_EXISTING);
        } finally {
            Files.deleteIfExists(part);
        }
    }

    private void writeAll(Writer out) throws IOException {
        long oldest = Long.MAX_VALUE;
        for (int slot = 0; slot < OPS; slot++) {
            long number = numbers.getAcquire(slot);
            oldest = number == NOTHING ? oldest : Math.min(oldest, number);
        }
        for (int i = 0; oldest != Long.MAX_VALUE && i < OPS; i++) {
            Optional<Op> op = read(slot(oldest + i));
            if (op.isPresent()) {
                writeLine(out, op.get());
            }
        }
    }

    private record Op(long number, String op, String group, String stream, long bytes, long begun, long ended) {}

    private Optional<Op> read(int slot) {
        long number = numbers.getAcquire(slot);
        if (number == NOTHING) {
            return Optional.empty();
        }
        long end = ended.getAcquire(slot);
        Op op = new Op(number, ops[slot], groups[slot], streams[slot], bytes[slot], begun[slot], end);
        VarHandle.loadLoadFence();
        return numbers.getOpaque(slot) == number ? Optional.of(op) : Optional.empty();
    }

    private void writeLine(Writer out, Op op) throws IOException {
        // Closing the generator would close the file.
        JsonGenerator json = JSON.createGenerator(out).disable(JsonGenerator.Feature.AUTO_CLOSE_TARGET);
        try (json) {
            json.writeStartObject();
            json.writeNumberField("rank", rank);
            json.writeNumberField("number", op.number());
            json.writeStringField("op", op.op());
            json.writeStringField("group", op.group());
            json.writeStringField("stream", op.stream());
            json.writeNumberField("bytes", op.bytes());
            json.writeStringField("state", op.ended() == NOTHING ? "enqueued" : "ended");
            json.writeNumberField("enqueued_us", op.begun() / NANOS_PER_MICRO);
            if (op.ended() != NOTHING) {
                json.writeNumberField("ended_us", op.ended() / NANOS_PER_MICRO);
            }
            json.writeEndObject();
        }
        out.write('\n');
    }
}
