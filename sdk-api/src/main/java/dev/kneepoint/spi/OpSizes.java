package dev.kneepoint.spi;

import dev.kneepoint.annotation.Incubating;
import dev.kneepoint.plan.Block;
import dev.kneepoint.plan.MemoryKind;
import dev.kneepoint.plan.Op;
import dev.kneepoint.plan.RankProgram;
import dev.kneepoint.plan.Segment;
import dev.kneepoint.plan.StepPlan;
import dev.kneepoint.workload.TransformerModel;

/**
 * Array lengths of a plan's ops, for backends that run them. A plan counts bytes, of which arrays hold the same whatever
 * their elements are; a product counts elements. The arrays of a rank are as long as its largest op needs. Immutable.
 */
@Incubating
public final class OpSizes {
    /** Bytes of an element of single precision. */
    public static final int FLOAT = Float.BYTES;

    /** Room for the parts of an all-to-all, which are rounded. */
    private static final int SLACK = 64;

    private static final double MOST = 1 << 30;

    /** On devices lengths are integers that loops go beyond by a chunk. */
    private static final double MOST_ON_DEVICE = (1L << 31) - (1 << 21);

    /** Optimizer states on devices, which go piece by piece: as many as bytes of the largest device. */
    private static final double MOST_PARAMETERS = 1L << 40;

    /** An update goes bucket by bucket; plans without weight gradients would have it go element by element. */
    private static final int UPDATED_AT_ONCE = 1 << 16;

    private final TransformerModel model;
    private final int tensor;
    private final int parts;
    private final int elementBytes;
    private final double most;
    private final double mostParameters;
    private long activation = SLACK;
    private long weights = SLACK;
    private long bucket = SLACK;
    private long keys = SLACK;
    private long parameters = 1;

    /**
     * Sizes of a stage's ops on arrays of floats.
     *
     * @param plan the plan
     * @param program one of its programs
     * @throws UnsupportedPlanException if an op does not fit into arrays of 2^30 elements
     */
    public OpSizes(StepPlan plan, RankProgram program) {
        this(plan, program, FLOAT, MOST, MOST);
    }

    private OpSizes(StepPlan plan, RankProgram program, int elementBytes, double most, double mostParameters) {
        this.elementBytes = elementBytes;
        this.most = most;
        this.mostParameters = mostParameters;
        this.model = plan.scenario().workload().model();
        this.tensor = plan.layout().strategy().tensor();
        this.parts = plan.layout().strategy().context();
        weights = Math.max(weights, model.hidden());
        for (Segment s : program.segments()) {
            for (Block b : s.blocks()) {
                b.ops().forEach(this::include);
            }
        }
    }

    /**
     * Sizes of a stage's ops on a device, where only the optimizer's state may be longer than nearly 2^31 elements.
     *
     * @param plan the plan
     * @param program one of its programs
     * @param elementBytes bytes of an element of all arrays but the optimizer's state; at least 1
     * @return the sizes
     * @throws UnsupportedPlanException if another op does not fit into arrays of 2^31 - 2^21 elements
     */
    public static OpSizes onDevice(StepPlan plan, RankProgram program, int elementBytes) {
        return new OpSizes(plan, program, elementBytes, MOST_ON_DEVICE, MOST_PARAMETERS);
    }

    private void include(Op op) {
        switch (op) {
            case Op.Matmul m -> include(m);
            case Op.Attention a -> {
                AttentionShape s = shape(a);
                activation = Math.max(activation, s.queryElements());
                keys = Math.max(keys, s.keyElements());
            }
            case Op.MemoryBound m -> activation = Math.max(activation, checked(m, m.bytes() / elementBytes) + SLACK);
            case Op.OptimizerStep o -> {
                parameters = Math.max(parameters, checked(o, o.parameters(), mostParameters));
                bucket = Math.max(bucket, Math.min(parameters, UPDATED_AT_ONCE));
            }
            case Op.Collective c -> include(c, checked(c, c.bytes() / elementBytes) + SLACK);
            case Op.SendReceive t -> activation = Math.max(activation, checked(t, t.bytes() / elementBytes) + SLACK);
        }
    }

    private void include(Op.Matmul m) {
        long left = checked(m, m.rows()) * checked(m, m.inner()) * checked(m, m.count());
        long right = checked(m, m.inner()) * checked(m, m.columns()) * checked(m, m.count());
        long result = checked(m, m.rows()) * checked(m, m.columns()) * checked(m, m.count());
        checked(m, Math.max(left, Math.max(right, result)));
        activation = Math.max(activation, left);
        if (isWeightGradient(m)) {
            activation = Math.max(activation, right);
            bucket = Math.max(bucket, result);
        } else {
            weights = Math.max(weights, right);
            activation = Math.max(activation, result);
        }
    }

    private void include(Op.Collective c, long floats) {
        switch (c.stream()) {
            case TENSOR, EXPERT -> activation = Math.max(activation, floats);
            case CONTEXT -> keys = Math.max(keys, floats);
            case SHARD, GRADIENT, PIPELINE, COMPUTE -> {
                weights = Math.max(weights, floats);
                bucket = Math.max(bucket, floats);
            }
        }
    }

    /**
     * Whether a product goes over tokens: its result belongs to the gradients, and its operands are activations and the
     * gradient of the layer's output, in this order.
     *
     * @param m a product
     * @return true for a gradient of weights
     */
    public static boolean isWeightGradient(Op.Matmul m) {
        return m.name().endsWith("-wgrad");
    }

    /**
     * Whether a product makes the gradient of a layer's input: its left operand is that of the layer's output.
     *
     * @param m a product
     * @return true for a gradient of inputs
     */
    public static boolean isInputGradient(Op.Matmul m) {
        return m.name().endsWith("-dgrad");
    }

    private long checked(Op op, double count) {
        return checked(op, count, most);
    }

    private static long checked(Op op, double count, double most) {
        if (count > most) {
            throw new UnsupportedPlanException(
                    "op '" + op.name() + "' (" + op.shape()
                            + ") is larger than one array; a smaller micro-batch, sequence or model, or more ranks to share it, would run");
        }
        return Math.max(1, Math.round(count));
    }

    /**
     * A plan's count as a number of elements.
     *
     * @param value a count, at most 2^30
     * @return the nearest whole number, at least 1
     */
    public static int count(double value) {
        return (int) Math.max(1, Math.round(value));
    }

    /**
     * Floats that hold so many bytes.
     *
     * @param bytes a plan's bytes
     * @return at least 1
     */
    public static int floats(double bytes) {
        return count(bytes / FLOAT);
    }

    /**
     * Elements that hold so many bytes.
     *
     * @param bytes a plan's bytes
     * @return at least 1
     */
    public int elements(double bytes) {
        return count(bytes / elementBytes);
    }

    /**
     * Elements that a memory-bound op works on.
     *
     * @param op the op
     * @param arrays arrays that it reads and writes
     * @return elements of each, at least 1
     */
    public int elements(Op.MemoryBound op, int arrays) {
        return elements(op.bytes() / arrays);
    }

    /**
     * Columns of the rows that a memory-bound op works on.
     *
     * @param kind the op's kind
     * @return at least 1
     */
    public int width(MemoryKind kind) {
        return switch (kind) {
            case ROTARY -> Math.max(2, model.headSize() / 2 * 2);
            case LOSS -> Math.max(1, model.vocabulary() / tensor);
            case NORM, ACTIVATION, ROUTING, CAST, SCORES, EMBEDDING -> model.hidden();
        };
    }

    /**
     * The kernel's shape; a window that the plan averages over layers becomes the one with the same mean of keys.
     *
     * @param a an attention of the plan
     * @return its shape, for part 0 of the sequence
     */
    public AttentionShape shape(Op.Attention a) {
        int heads = count(a.heads());
        int kvHeads = Math.max(1, model.kvHeads() / tensor);
        int queries = count(a.queries());
        if (parts > 1) {
            queries = Math.max(2, queries / 2 * 2);
        }
        double length = a.length();
        double window = length * (1 - Math.sqrt(Math.max(0, 1 - a.span() / length)));
        return new AttentionShape(
                count(a.sequences()),
                heads,
                heads % kvHeads == 0 ? kvHeads : heads,
                queries,
                queries * parts,
                count(a.headSize()),
                a.span() >= length ? 0 : count(window),
                0,
                parts);
    }

    /**
     * Elements of an array of activations.
     *
     * @return at least 1
     */
    public int activation() {
        return (int) activation;
    }

    /**
     * Elements of an array of weights.
     *
     * @return at least 1
     */
    public int weights() {
        return (int) weights;
    }

    /**
     * Elements of an array of gradients on their way to a reduction.
     *
     * @return at least 1
     */
    public int bucket() {
        return (int) bucket;
    }

    /**
     * Elements of an array of keys, or of values.
     *
     * @return at least 1
     */
    public int keys() {
        return (int) keys;
    }

    /**
     * Parameters that the optimizer updates, and moments of each kind.
     *
     * @return at least 1
     */
    public long parameters() {
        return parameters;
    }

    /**
     * Elements that a rank holds, with two buffers of weights and of gradients in flight.
     *
     * @return elements of all arrays together
     */
    public long floatsHeld() {
        return 3 * activation + 3 * weights + 3 * bucket + 4 * keys + 3 * parameters;
    }
}
