package dev.kneepoint.plan;

/**
 * Receives the ops of a segment as they are enumerated, without objects in between: the one enumeration feeds the plan
 * compiler and the closed-form cost alike, so that they cannot differ. Arguments are those of {@link Op}'s records;
 * events are {@link OpEvents} numbers.
 */
public interface OpSink {
    /** Units are numbered from 0 to below this. */
    int UNITS = 64;

    /**
     * A unit begins: the same ops wherever the number appears in one configuration. Units may lie inside each other.
     *
     * @param unit its number
     * @return true if this sink repeated the ops by itself, so that they are not enumerated; then {@link #unitEnd} is not called
     */
    default boolean unit(int unit) {
        return false;
    }

    /**
     * The ops of a unit have all been enumerated.
     *
     * @param unit its number
     */
    default void unitEnd(int unit) {}

    /**
     * A block begins; the ops until the next call belong to it.
     *
     * @param name its name
     * @param repeat times that it is issued; 0 means that it is absent and none of its ops follow
     */
    void block(String name, int repeat);

    /**
     * A product, see {@link Op.Matmul}.
     *
     * @param name op name
     * @param rows m
     * @param columns n
     * @param inner k
     * @param count grouped products
     * @param quantised operand format
     * @param kernels eager kernels
     * @param wait event to wait for
     * @param signal event to signal
     */
    void matmul(
            String name,
            double rows,
            double columns,
            double inner,
            double count,
            boolean quantised,
            double kernels,
            int wait,
            int signal);

    /**
     * An attention core, see {@link Op.Attention}.
     *
     * @param name op name
     * @param sequences sequences
     * @param queries local query tokens
     * @param length sequence length
     * @param span mean keys
     * @param heads local heads
     * @param headSize head size
     * @param backward direction
     * @param kernels eager kernels
     */
    void attention(
            String name,
            double sequences,
            double queries,
            double length,
            double span,
            double heads,
            double headSize,
            boolean backward,
            double kernels);

    /**
     * Memory-bound work, see {@link Op.MemoryBound}.
     *
     * @param name op name
     * @param kind kind
     * @param bytes bytes moved
     * @param localExperts experts served
     * @param kernels eager kernels
     * @param wait event to wait for
     * @param signal event to signal
     */
    void memory(String name, MemoryKind kind, double bytes, double localExperts, double kernels, int wait, int signal);

    /**
     * The optimizer, see {@link Op.OptimizerStep}.
     *
     * @param name op name
     * @param parameters local parameters
     * @param bytes bytes moved
     * @param wait event to wait for
     */
    void optimizer(String name, double parameters, double bytes, int wait);

    /**
     * A collective, see {@link Op.Collective}.
     *
     * @param name op name
     * @param kind collective
     * @param group group
     * @param stream stream
     * @param bytes bytes
     * @param calls calls
     * @param overlap what it runs beside
     * @param wait event to wait for
     * @param signal event to signal
     */
    void collective(
            String name,
            CollectiveKind kind,
            GroupKind group,
            StreamKind stream,
            double bytes,
            double calls,
            Overlap overlap,
            int wait,
            int signal);

    /**
     * A pipeline transfer, see {@link Op.SendReceive}.
     *
     * @param name op name
     * @param send direction of the transfer
     * @param towardsLast direction in the pipeline
     * @param bytes bytes
     */
    void transfer(String name, boolean send, boolean towardsLast, double bytes);
}
