package dev.kneepoint.backend.cpu;

import dev.kneepoint.spi.OpSizes;
import dev.kneepoint.spi.RankFailedException;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/**
 * A rank's arrays. Values flow from op to op: each reads what the op before it wrote, or what was received, gathered or
 * reduced. Whether that has happened is known for every array, so that a plan which forgot it is found out. Confined to
 * the rank's thread, but for arrays that a transfer has borrowed.
 */
final class RankBuffers {
    /** A prime, so that rows of the usual widths differ. */
    private static final int PATTERN = 4093;

    private final int rank;
    private float[] current;
    private float[] other;
    private boolean ready;
    private final float[] own;
    private float[] weights;
    private float @Nullable [] borrowed;
    final BufferPool gathered;
    final BufferPool buckets;
    private float[] bucket;
    private int bucketAt;
    final float[] keys;
    final float[] values;
    final float[] keyGradients;
    final float[] valueGradients;
    final float[] parameters;
    final float[] first;
    final float[] second;
    /** What the latest reduction left of the gradients for this rank. */
    private volatile float[] gradients;

    RankBuffers(int rank, OpSizes sizes) {
        this.rank = rank;
        SplittableRandom random = new SplittableRandom(0x9e3779b97f4a7c15L + rank);
        this.current = filled(sizes.activation(), random);
        this.other = filled(sizes.activation(), random);
        this.own = filled(sizes.weights(), random);
        this.weights = own;
        this.gathered = new BufferPool(sizes.weights());
        this.buckets = new BufferPool(sizes.bucket());
        this.bucket = filled(sizes.bucket(), random);
        this.keys = filled(sizes.keys(), random);
        this.values = filled(sizes.keys(), random);
        this.keyGradients = new float[sizes.keys()];
        this.valueGradients = new float[sizes.keys()];
        int parameters = Math.toIntExact(sizes.parameters());
        this.parameters = filled(parameters, random);
        this.first = new float[parameters];
        this.second = new float[parameters];
        this.gradients = buckets.take();
    }

    /** A short random pattern over and over: drawing every value would cost more than many a run. */
    private static float[] filled(int length, SplittableRandom random) {
        float[] out = new float[length];
        int drawn = Math.min(length, PATTERN);
        for (int i = 0; i < drawn; i++) {
            out[i] = (float) (2 * random.nextDouble() - 1);
        }
        for (int at = drawn; at < length; at += drawn) {
            System.arraycopy(out, 0, out, at, Math.min(drawn, length - at));
        }
        return out;
    }

    /** Begins a segment: its input is there, or must be received first. */
    void begin(boolean hasInput) {
        ready = hasInput;
        dropGathered();
    }

    /** The current activations, for reading. */
    float[] input(String op) {
        if (!ready) {
            throw new RankFailedException(
                    rank, op, "uses activations that were not received; a receive must come before it");
        }
        return current;
    }

    /** Where the next result goes; {@link #written} makes it current. */
    float[] output() {
        return other;
    }

    void written() {
        float[] swap = current;
        current = other;
        other = swap;
    }

    /** The current activations, to be overwritten by a message. */
    float[] received() {
        ready = true;
        return current;
    }

    float[] weights() {
        return weights;
    }

    /** The rank's own share of the weights. */
    float[] own() {
        return own;
    }

    /** Uses gathered weights from now on. */
    @SuppressWarnings("ReferenceEquality")
    void use(float[] gatheredWeights) {
        if (gatheredWeights != borrowed) {
            dropGathered();
            borrowed = gatheredWeights;
            weights = gatheredWeights;
        }
    }

    private void dropGathered() {
        float[] held = borrowed;
        if (held != null) {
            gathered.give(held);
        }
        borrowed = null;
        weights = own;
    }

    /** Where a weight gradient of so many elements goes: one after the other, from the start again at the end. */
    int placeInBucket(int length) {
        if (bucketAt + length > bucket.length) {
            bucketAt = 0;
        }
        int at = bucketAt;
        bucketAt += length;
        return at;
    }

    float[] bucket() {
        return bucket;
    }

    /** Hands the bucket to a reduction and opens another one. */
    float[] handOver() {
        float[] full = bucket;
        bucket = buckets.take();
        bucketAt = 0;
        return full;
    }

    float[] gradients() {
        return gradients;
    }

    /** Sets what the optimizer reads; returns what it read before. */
    float[] gradients(float[] reduced) {
        float[] before = gradients;
        gradients = reduced;
        return before;
    }
}
