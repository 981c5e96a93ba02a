package dev.kneepoint.backend.engine;

/**
 * What is measured beside the steps.
 *
 * @param steps during the measured ones
 * @param launches after them
 */
record Meters(StepMeter steps, LaunchMeter launches) {}
