package dev.kneepoint.backend.engine;

/**
 * What a buffer holds.
 *
 * @param type of its elements
 * @param length elements, at least 1
 */
record Extent(DataType type, long length) {
    double bytes() {
        return (double) type.bytes() * length;
    }
}
