package dev.kneepoint.samples.training;

import java.util.Random;

/** Synthetic text: each token has one usual successor, and now and then any token follows. The same for a seed. */
final class TokenStream {
    private static final double SURPRISE = 0.1;

    private final Random random;
    private final int[] usual;

    TokenStream(int vocabulary, long seed) {
        random = new Random(seed);
        usual = new int[vocabulary];
        for (int i = 0; i < vocabulary; i++) {
            usual[i] = random.nextInt(vocabulary);
        }
    }

    /** Fills both arrays with as many pairs of a token and what follows it. */
    void fill(int[] tokens, int[] successors) {
        for (int i = 0; i < tokens.length; i++) {
            tokens[i] = random.nextInt(usual.length);
            successors[i] = random.nextDouble() < SURPRISE ? random.nextInt(usual.length) : usual[tokens[i]];
        }
    }
}
