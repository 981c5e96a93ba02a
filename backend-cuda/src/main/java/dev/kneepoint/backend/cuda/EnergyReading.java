package dev.kneepoint.backend.cuda;

/** The energy of a device over a span. */
sealed interface EnergyReading {
    /**
     * Somebody measured it.
     *
     * @param joules of the whole board, at least 0
     * @param source how
     */
    record Measured(double joules, Source source) implements EnergyReading {}

    /** Nobody did. */
    record Unknown(String reason) implements EnergyReading {}

    /** How energy was measured. */
    enum Source {
        /** By the board's counter. */
        COUNTER,
        /** By samples of its power. */
        SAMPLES
    }
}
