package dev.kneepoint.samples.training;

import java.util.Arrays;
import java.util.Random;

/** Guesses the next token: embedding, one feed-forward layer with a residual, output head. Trained by plain SGD. */
final class TokenModel {
    private final int vocabulary;
    private final int hidden;
    private final int inner;
    private final int batch;

    private final float[] embedding;
    private final float[] up;
    private final float[] down;
    private final float[] head;

    private final float[] input;
    private final float[] middle;
    private final float[] output;
    private final float[] logits;
    private final float[] outputGradient;
    private final float[] middleGradient;

    TokenModel(int vocabulary, int hidden, int inner, int batch, long seed) {
        this.vocabulary = vocabulary;
        this.hidden = hidden;
        this.inner = inner;
        this.batch = batch;
        Random random = new Random(seed);
        embedding = weights(random, vocabulary, hidden, 1);
        up = weights(random, hidden, inner, hidden);
        down = weights(random, inner, hidden, inner);
        head = weights(random, hidden, vocabulary, hidden);
        input = new float[batch * hidden];
        middle = new float[batch * inner];
        output = new float[batch * hidden];
        logits = new float[batch * vocabulary];
        outputGradient = new float[batch * hidden];
        middleGradient = new float[batch * inner];
    }

    private static float[] weights(Random random, int rows, int columns, int fanIn) {
        float[] w = new float[rows * columns];
        for (int i = 0; i < w.length; i++) {
            w[i] = (float) (random.nextGaussian() / Math.sqrt(fanIn));
        }
        return w;
    }

    /**
     * One step.
     *
     * @param tokens as many as the batch
     * @param successors what follows each
     * @param rate learning rate
     * @return cross-entropy before the step, in nats, mean over the batch
     */
    double step(int[] tokens, int[] successors, float rate) {
        forward(tokens);
        double loss = lossAndItsGradient(successors);
        backward(tokens, rate);
        return loss;
    }

    private void forward(int[] tokens) {
        for (int i = 0; i < batch; i++) {
            System.arraycopy(embedding, tokens[i] * hidden, input, i * hidden, hidden);
        }
        Arrays.fill(middle, 0);
        Products.add(input, up, middle, batch, hidden, inner);
        for (int i = 0; i < middle.length; i++) {
            middle[i] = Math.max(0, middle[i]);
        }
        System.arraycopy(input, 0, output, 0, output.length);
        Products.add(middle, down, output, batch, inner, hidden);
        Arrays.fill(logits, 0);
        Products.add(output, head, logits, batch, hidden, vocabulary);
    }

    /** Leaves the gradient of the mean loss where the logits stood. */
    private double lossAndItsGradient(int[] successors) {
        double loss = 0;
        for (int i = 0; i < batch; i++) {
            int start = i * vocabulary;
            float most = Float.NEGATIVE_INFINITY;
            for (int j = 0; j < vocabulary; j++) {
                most = Math.max(most, logits[start + j]);
            }
            double right = logits[start + successors[i]] - most;
            double sum = 0;
            for (int j = 0; j < vocabulary; j++) {
                logits[start + j] = (float) Math.exp(logits[start + j] - most);
                sum += logits[start + j];
            }
            for (int j = 0; j < vocabulary; j++) {
                logits[start + j] /= (float) (sum * batch);
            }
            logits[start + successors[i]] -= 1f / batch;
            loss += Math.log(sum) - right;
        }
        return loss / batch;
    }

    /** Each weight changes only after its old value has passed the gradient on. */
    private void backward(int[] tokens, float rate) {
        Arrays.fill(outputGradient, 0);
        Products.addWithTransposed(logits, head, outputGradient, batch, vocabulary, hidden);
        Products.addOfTransposed(-rate, output, logits, head, hidden, batch, vocabulary);
        Arrays.fill(middleGradient, 0);
        Products.addWithTransposed(outputGradient, down, middleGradient, batch, hidden, inner);
        for (int i = 0; i < middle.length; i++) {
            middleGradient[i] = middle[i] > 0 ? middleGradient[i] : 0;
        }
        Products.addOfTransposed(-rate, middle, outputGradient, down, inner, batch, hidden);
        // The residual passes the output's gradient on to the input as it is.
        Products.addWithTransposed(middleGradient, up, outputGradient, batch, inner, hidden);
        Products.addOfTransposed(-rate, input, middleGradient, up, hidden, batch, inner);
        for (int i = 0; i < batch; i++) {
            for (int j = 0; j < hidden; j++) {
                embedding[tokens[i] * hidden + j] -= rate * outputGradient[i * hidden + j];
            }
        }
    }
}
