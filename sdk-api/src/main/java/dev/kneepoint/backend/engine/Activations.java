package dev.kneepoint.backend.engine;

/**
 * What a rank's three arrays of activations are for at some point of its step. Immutable.
 *
 * @param input what the next op reads
 * @param output where its result goes
 * @param third for ops with two inputs or two results
 */
record Activations(DeviceBuffer input, DeviceBuffer output, DeviceBuffer third) {
    /** What they are for once the output was written. */
    Activations written() {
        return new Activations(output, input, third);
    }

    /** What they are for once the third was written. */
    Activations thirdWritten() {
        return new Activations(third, output, input);
    }
}
