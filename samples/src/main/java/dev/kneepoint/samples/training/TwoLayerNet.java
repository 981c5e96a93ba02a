package dev.kneepoint.samples.training;

import java.util.Arrays;
import java.util.SplittableRandom;

/** A perceptron with one hidden layer of tanh units, trained by gradient descent on the squared error. Thread-confined. */
final class TwoLayerNet {
    private final int inputs;
    private final int hidden;
    private final float[] first;
    private final float[] second;
    private final float[] firstGradient;
    private final float[] secondGradient;
    private final float[] activation;

    TwoLayerNet(int inputs, int hidden, long seed) {
        this.inputs = inputs;
        this.hidden = hidden;
        this.first = new float[inputs * hidden];
        this.second = new float[hidden];
        this.firstGradient = new float[first.length];
        this.secondGradient = new float[hidden];
        this.activation = new float[hidden];
        SplittableRandom random = new SplittableRandom(seed);
        for (int i = 0; i < first.length; i++) {
            first[i] = (float) ((random.nextDouble() - 0.5) / Math.sqrt(inputs));
        }
        for (int i = 0; i < hidden; i++) {
            second[i] = (float) ((random.nextDouble() - 0.5) / Math.sqrt(hidden));
        }
    }

    /** One step over a batch; the mean squared error before it. */
    double train(float[][] x, float[] y, float rate) {
        Arrays.fill(firstGradient, 0);
        Arrays.fill(secondGradient, 0);
        double loss = 0;
        for (int n = 0; n < x.length; n++) {
            float error = forward(x[n]) - y[n];
            loss += error * error;
            backward(x[n], error);
        }
        float scale = 2 * rate / x.length;
        for (int i = 0; i < first.length; i++) {
            first[i] -= scale * firstGradient[i];
        }
        for (int i = 0; i < hidden; i++) {
            second[i] -= scale * secondGradient[i];
        }
        return loss / x.length;
    }

    private float forward(float[] x) {
        float out = 0;
        for (int h = 0; h < hidden; h++) {
            float sum = 0;
            for (int i = 0; i < inputs; i++) {
                sum += first[h * inputs + i] * x[i];
            }
            activation[h] = (float) Math.tanh(sum);
            out += second[h] * activation[h];
        }
        return out;
    }

    private void backward(float[] x, float error) {
        for (int h = 0; h < hidden; h++) {
            secondGradient[h] += error * activation[h];
            float slope = error * second[h] * (1 - activation[h] * activation[h]);
            for (int i = 0; i < inputs; i++) {
                firstGradient[h * inputs + i] += slope * x[i];
            }
        }
    }
}
