package dev.kneepoint.backend.opencl;

import dev.kneepoint.plan.StreamKind;
import dev.kneepoint.spi.OpSizes;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;
import org.jocl.cl_command_queue;
import org.jocl.cl_event;
import org.jocl.cl_mem;
import org.jspecify.annotations.Nullable;

/**
 * A rank's buffers on its device. Values flow from op to op: each reads what the op before it wrote. Confined to the rank's
 * thread, but for the rings and the staging.
 */
final class RankArrays implements AutoCloseable {
    /** A prime, so that rows of the usual widths differ. */
    private static final int PATTERN = 4093;

    private final BufferPool pool;
    private final cl_command_queue queue;
    private final List<cl_mem> fixed = new ArrayList<>();
    private final IndexBuffers indices;
    private final Map<StreamKind, cl_mem> staging = new EnumMap<>(StreamKind.class);

    private cl_mem current;
    private cl_mem other;
    private cl_mem third;
    /** Activations that were saved for later: nothing writes them while a hidden transfer reads them. */
    final cl_mem saved;

    final cl_mem own;
    final cl_mem keys;
    final cl_mem values;
    final cl_mem keyGradients;
    final cl_mem valueGradients;
    final cl_mem parameters;
    final cl_mem first;
    final cl_mem second;
    final cl_mem scratch;
    /** Where operands of products are converted to FP16; empty if they are not. */
    final Optional<HalfProducts.Operands> halves;
    /** A single number, for norms. */
    final cl_mem one;

    private final Ring gathered;
    private final Set<cl_mem> gatheredOut = new HashSet<>();
    final Ring buckets;
    final Ring messages;
    private final @Nullable cl_mem beside;
    private final long bucketLength;

    private cl_mem weights;
    private @Nullable cl_mem borrowed;
    private Ring.Lease bucket;
    private long bucketAt;
    private cl_mem gradients;
    private List<Work> gradientsAfter = List.of();
    private List<Work> keysAfter = List.of();

    RankArrays(int rank, RankSizes sizes, BufferPool pool, cl_command_queue queue) {
        this.pool = pool;
        this.queue = queue;
        this.indices = new IndexBuffers(pool, queue);
        SplittableRandom random = new SplittableRandom(0x9e3779b97f4a7c15L + rank);
        OpSizes s = sizes.sizes();
        this.current = filled(s.activation(), random);
        this.other = filled(s.activation(), random);
        this.third = filled(s.activation(), random);
        this.saved = filled(s.activation(), random);
        this.own = filled(s.weights(), random);
        this.weights = own;
        this.keys = filled(s.keys(), random);
        this.values = filled(s.keys(), random);
        this.keyGradients = filled(s.keys(), random);
        this.valueGradients = filled(s.keys(), random);
        this.parameters = filled(s.parameters(), random);
        this.first = filled(s.parameters(), random);
        // Second moments are never negative.
        this.second = zeros(s.parameters());
        this.scratch = take(sizes.scratch());
        this.halves = sizes.half()
                ? Optional.of(new HalfProducts.Operands(take(sizes.left()), take(sizes.right())))
                : Optional.empty();
        this.one = zeros(1);
        this.beside = sizes.beside() > 0 ? take(sizes.beside()) : null;
        this.gathered = new Ring(pool, s.weights());
        this.buckets = new Ring(pool, s.bucket());
        this.messages = new Ring(pool, sizes.message());
        this.bucketLength = s.bucket();
        this.bucket = buckets.take();
        fill(bucket.buffer(), s.bucket(), random);
        this.gradients = buckets.take().buffer();
        fill(gradients, s.bucket(), random);
        Cl.finish(queue);
    }

    private cl_mem take(long length) {
        cl_mem buffer = pool.take(length);
        fixed.add(buffer);
        return buffer;
    }

    private cl_mem filled(long length, SplittableRandom random) {
        cl_mem buffer = take(length);
        fill(buffer, length, random);
        return buffer;
    }

    private cl_mem zeros(long length) {
        cl_mem buffer = take(length);
        fill(buffer, length, new float[(int) Math.min(length, PATTERN)]);
        return buffer;
    }

    private void fill(cl_mem buffer, long length, SplittableRandom random) {
        float[] pattern = new float[(int) Math.min(length, PATTERN)];
        for (int i = 0; i < pattern.length; i++) {
            pattern[i] = (float) (2 * random.nextDouble() - 1);
        }
        fill(buffer, length, pattern);
    }

    /** A pattern over and over, copied on the device in ever longer pieces. */
    private void fill(cl_mem buffer, long length, float[] pattern) {
        Cl.write(queue, buffer, pattern);
        for (long done = pattern.length; done < length; done *= 2) {
            cl_event copied = Cl.copy(
                    queue, ClKernels.whole(buffer), new ClKernels.At(buffer, done), Math.min(done, length - done));
            Cl.release(copied);
        }
    }

    cl_mem input() {
        return current;
    }

    /** Where the next result goes; {@link #written} makes it current. */
    cl_mem output() {
        return other;
    }

    void written() {
        cl_mem swap = current;
        current = other;
        other = swap;
    }

    /** A third array of activations, for ops with two inputs; {@link #thirdWritten} makes it current. */
    cl_mem third() {
        return third;
    }

    void thirdWritten() {
        cl_mem swap = current;
        current = third;
        third = swap;
    }

    /** Where a transfer of saved activations beside compute goes. */
    cl_mem beside() {
        return beside == null ? saved : beside;
    }

    cl_mem weights() {
        return weights;
    }

    /** Uses gathered weights from now on; what was used before is free after {@code after}. */
    void use(cl_mem gatheredWeights, List<Work> after) {
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
    void unused(cl_mem gatheredWeights, List<Work> after) {
        if (!gatheredWeights.equals(borrowed) && gatheredOut.remove(gatheredWeights)) {
            gathered.give(gatheredWeights, after);
        }
    }

    void dropGathered(List<Work> after) {
        cl_mem held = borrowed;
        borrowed = null;
        weights = own;
        if (held != null) {
            unused(held, after);
        }
    }

    /** Where a weight gradient of so many elements goes: one after the other, from the start again at the end. */
    ClKernels.At placeInBucket(long length) {
        if (bucketAt + length > bucketLength) {
            bucketAt = 0;
        }
        ClKernels.At at = new ClKernels.At(bucket.buffer(), bucketAt);
        bucketAt += length;
        return at;
    }

    /** Hands the bucket to a reduction and opens another one; what must have ended before that is written. */
    cl_mem handOver(List<Work> blockers) {
        cl_mem full = bucket.buffer();
        bucket = buckets.take();
        blockers.addAll(bucket.after());
        bucketAt = 0;
        return full;
    }

    cl_mem gradients() {
        return gradients;
    }

    long bucketLength() {
        return bucketLength;
    }

    List<Work> gradientsAfter() {
        return gradientsAfter;
    }

    /** Sets what the optimizer reads and when it is there; what it read before is free after {@code before}. */
    void gradients(cl_mem reduced, List<Work> there, List<Work> before) {
        if (!reduced.equals(gradients)) {
            buckets.give(gradients, before);
        }
        gradients = reduced;
        gradientsAfter = List.copyOf(there);
    }

    /** Indices that a rank's ops read; to be asked for before the first step, which would pay for making them. */
    cl_mem indices(int count, int limit) {
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

    /** A chunk beside the device for a stream's sums. */
    synchronized cl_mem staging(StreamKind stream) {
        return staging.computeIfAbsent(stream, s -> pool.take(CollectiveCommands.CHUNK));
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
