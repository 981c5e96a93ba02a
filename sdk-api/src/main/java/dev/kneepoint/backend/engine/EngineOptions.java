package dev.kneepoint.backend.engine;

import dev.kneepoint.plan.PlanSample;
import java.time.Duration;

/**
 * How plans are run.
 *
 * @param backend name of the backend, which is also the prefix of its options
 * @param sample how much of a plan is run
 * @param timeout longest wait for a rank that issues nothing
 */
public record EngineOptions(String backend, PlanSample sample, Duration timeout) {}
