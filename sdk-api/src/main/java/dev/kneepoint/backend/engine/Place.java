package dev.kneepoint.backend.engine;

/**
 * A rank that this process runs.
 *
 * @param rank its number in the plan
 * @param stage its pipeline stage
 */
record Place(int rank, int stage) {}
