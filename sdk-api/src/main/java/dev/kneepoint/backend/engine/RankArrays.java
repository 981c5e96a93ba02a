package dev.kneepoint.backend.engine;

import dev.kneepoint.plan.StreamKind;
import dev.kneepoint.spi.OpSizes;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/**
 * A rank's buffers on its device. Values flow from op to op: each reads what the op before it wrote. Confined to the rank's
 * thread, but for the rings and the staging.
 */
final class RankArrays implements AutoCloseable {
    /** A prime, so that rows of the usual widths differ. */
    private static final int PATTERN = 4093;
    /** Kernels that take several elements at once want arrays to begin at a multiple of as many. */
    private static final int PACK = 16;

    private final BufferPool pool;
    private final DeviceQueue queue;
    private final List<DeviceBuffer> fixed = new ArrayList<>();
    private final IndexBuffers indices;
    private final DataType type;
    private final Map<Stage, DeviceBuffer> staging = new HashMap<>();

    private record Stage(StreamKind stream, DataType type) {}

    private final Activations initial;
    private Activations activations;
    /** Activations that were saved for later: nothing writes them while a hidden transfer reads them. */
    final DeviceBuffer saved;

    final DeviceBuffer own;
    final DeviceBuffer keys;
    final DeviceBuffer values;
    final DeviceBuffer keyGradients;
    final DeviceBuffer valueGradients;
    final DeviceBuffer parameters;
    final DeviceBuffer first;
    final DeviceBuffer second;
    final DeviceBuffer scratch;
    /** Where operands of products are rounded to; empty if they are not. */
    final Optional<DeviceKernels.Operands> operands;
    /** A single number, for norms. */
    final DeviceBuffer one;

    private final Ring gathered;
    private final Set<DeviceBuffer> gatheredOut = new HashSet<>();
    final Ring buckets;
    final Ring messages;
    private final @Nullable DeviceBuffer beside;
    private final long bucketLength;

    private DeviceBuffer weights;
    private @Nullable DeviceBuffer borrowed;
    private Ring.Lease bucket;
    private long bucketAt;
    private DeviceBuffer gradients;
    private List<Work> gradientsAfter = List.of();
    private List<Work> keysAfter = List.of();

    RankArrays(int rank, RankSizes sizes, BufferPool pool, DeviceQueue queue) {
        this.pool = pool;
        this.queue = queue;
        this.indices = new IndexBuffers(pool, queue);
        SplittableRandom random = new SplittableRandom(0x9e3779b97f4a7c15L + rank);
        OpSizes s = sizes.sizes();
        this.type = sizes.formats().arrays();
        this.initial = new Activations(
                filled(type, s.activation(), random),
                filled(type, s.activation(), random),
                filled(type, s.activation(), random));
        this.activations = initial;
        this.saved = filled(type, s.activation(), random);
        this.own = filled(type, s.weights(), random);
        this.weights = own;
        this.keys = filled(type, s.keys(), random);
        this.values = filled(type, s.keys(), random);
        this.keyGradients = filled(type, s.keys(), random);
        this.valueGradients = filled(type, s.keys(), random);
        this.parameters = filled(DataType.FP32, s.parameters(), random);
        this.first = filled(DataType.FP32, s.parameters(), random);
        // Second moments are never negative.
        this.second = zeros(s.parameters());
        this.scratch = take(DataType.FP32, sizes.scratch());
        DataType rounded = sizes.formats().operands();
        this.operands = sizes.left() > 0
                ? Optional.of(
                        new DeviceKernels.Operands(take(rounded, sizes.left()), take(rounded, sizes.right()), scratch))
                : Optional.empty();
        this.one = zeros(1);
        this.beside = sizes.beside() > 0 ? take(type, sizes.beside()) : null;
        this.gathered = new Ring(pool, type, s.weights());
        this.buckets = new Ring(pool, type, s.bucket());
        this.messages = new Ring(pool, type, sizes.message());
        this.bucketLength = s.bucket();
        this.bucket = buckets.take();
        fill(bucket.buffer(), s.bucket(), random);
        this.gradients = buckets.take().buffer();
        fill(gradients, s.bucket(), random);
        queue.finish();
    }

    private DeviceBuffer take(DataType of, long length) {
        DeviceBuffer buffer = pool.take(of, length);
        fixed.add(buffer);
        return buffer;
    }

    private DeviceBuffer filled(DataType of, long length, SplittableRandom random) {
        DeviceBuffer buffer = take(of, length);
        fill(buffer, length, random);
        return buffer;
    }

    private DeviceBuffer zeros(long length) {
        DeviceBuffer buffer = take(DataType.FP32, length);
        fill(buffer, length, new float[(int) Math.min(length, PATTERN)]);
        return buffer;
    }

    private void fill(DeviceBuffer buffer, long length, SplittableRandom random) {
        float[] pattern = new float[(int) Math.min(length, PATTERN)];
        for (int i = 0; i < pattern.length; i++) {
            pattern[i] = (float) (2 * random.nextDouble() - 1);
        }
        fill(buffer, length, pattern);
    }

    /** A pattern over and over, copied on the device in ever longer pieces. */
    private void fill(DeviceBuffer buffer, long length, float[] pattern) {
        queue.write(buffer, pattern);
        for (long done = pattern.length; done < length; done *= 2) {
            DeviceEvent copied = queue.copy(
                    DeviceKernels.whole(buffer), new DeviceKernels.At(buffer, done), Math.min(done, length - done));
            copied.release();
        }
    }

    DeviceBuffer input() {
        return activations.input();
    }

    /** Where the next result goes; {@link #written} makes it current. */
    DeviceBuffer output() {
        return activations.output();
    }

    void written() {
        activations = activations.written();
    }

    /** A third array of activations, for ops with two inputs; {@link #thirdWritten} makes it current. */
    DeviceBuffer third() {
        return activations.third();
    }

    void thirdWritten() {
        activations = activations.thirdWritten();
    }

    /** Lets the next op find every array where the first op of all did, whatever they hold; the step before has ended. */
    void rewind() {
        dropGathered(List.of());
        activations = initial;
        bucketAt = 0;
    }

    /** Where a transfer of saved activations beside compute goes. */
    DeviceBuffer beside() {
        return beside == null ? saved : beside;
    }

    DeviceBuffer weights() {
        return weights;
    }

    /** Uses gathered weights from now on; what was used before is free after {@code after}. */
    void use(DeviceBuffer gatheredWeights, List<Work> after) {
        if (!gatheredWeights.equals(borrowed)) {
            dropGathered(after);
            borrowed = gatheredWeights;
            weights = gatheredWeights;
        }
    }

    /** A buffer to gather weights into. */
    Ring.Lease takeGathered() {
        Ring.Lease lease = gathered.take();
        gatheredOut.add(lease.buffer());
        return lease;
    }

    /** Gathered weights that nothing will use any more go back, unless they are in use or have gone back. */
    void unused(DeviceBuffer gatheredWeights, List<Work> after) {
        if (!gatheredWeights.equals(borrowed) && gatheredOut.remove(gatheredWeights)) {
            gathered.give(gatheredWeights, after);
        }
    }

    void dropGathered(List<Work> after) {
        DeviceBuffer held = borrowed;
        borrowed = null;
        weights = own;
        if (held != null) {
            unused(held, after);
        }
    }

    /** Where a weight gradient of so many elements goes: one after the other, from the start again at the end. */
    DeviceKernels.At placeInBucket(long length) {
        if (bucketAt + length > bucketLength) {
            bucketAt = 0;
        }
        DeviceKernels.At at = new DeviceKernels.At(bucket.buffer(), bucketAt);
        bucketAt += Math.ceilDiv(length, PACK) * PACK;
        return at;
    }

    /** Hands the bucket to a reduction and opens another one; what must have ended before that is written. */
    DeviceBuffer handOver(List<Work> blockers) {
        DeviceBuffer full = bucket.buffer();
        bucket = buckets.take();
        blockers.addAll(bucket.after());
        bucketAt = 0;
        return full;
    }

    DeviceBuffer gradients() {
        return gradients;
    }

    long bucketLength() {
        return bucketLength;
    }

    List<Work> gradientsAfter() {
        return gradientsAfter;
    }

    /** Sets what the optimizer reads and when it is there; what it read before is free after {@code before}. */
    void gradients(DeviceBuffer reduced, List<Work> there, List<Work> before) {
        if (!reduced.equals(gradients)) {
            buckets.give(gradients, before);
        }
        gradients = reduced;
        gradientsAfter = List.copyOf(there);
    }

    /** Indices that a rank's ops read; to be asked for before the first step, which would pay for making them. */
    DeviceBuffer indices(int count, int limit) {
        return indices.of(count, limit);
    }

    /** What must have ended before gradients of keys and values are written again. */
    List<Work> keysAfter() {
        return keysAfter;
    }

    /** A transfer reads the gradients of keys and values. */
    void keysRead(Work transfer) {
        keysAfter = List.of(transfer);
    }

    /** Where a stream's sums have what comes from other devices; a chunk for arrays, a number for norms. */
    synchronized DeviceBuffer staging(StreamKind stream, DataType of) {
        return staging.computeIfAbsent(
                new Stage(stream, of), s -> pool.take(of, of == type ? CollectiveCommands.CHUNK : 1));
    }

    /** The step has ended on the device. */
    void settle() {
        gathered.settle();
        buckets.settle();
        messages.settle();
        bucket = new Ring.Lease(bucket.buffer(), List.of());
        gradientsAfter = List.of();
        keysAfter = List.of();
    }

    @Override
    public synchronized void close() {
        // No step of these can fail: buffers go back to the pool.
        fixed.forEach(pool::give);
        fixed.clear();
        indices.close();
        staging.values().forEach(pool::give);
        staging.clear();
        gathered.close();
        buckets.close();
        messages.close();
    }
}
