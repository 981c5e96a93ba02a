package dev.kneepoint.testkit;

import java.util.Random;

/** Seeded random inputs. Thread-confined. */
final class Data {
    final Random random;

    Data(long seed) {
        this.random = new Random(seed);
    }

    /** Values of a standard normal distribution, so that signs and sizes vary. */
    float[] floats(int length) {
        float[] out = new float[length];
        for (int i = 0; i < length; i++) {
            out[i] = (float) random.nextGaussian();
        }
        return out;
    }

    int[] indices(int length, int limit) {
        return random.ints(length, 0, limit).toArray();
    }

    /** 1 to most, odd ones often. */
    int size(int most) {
        return 1 + random.nextInt(most);
    }
}
