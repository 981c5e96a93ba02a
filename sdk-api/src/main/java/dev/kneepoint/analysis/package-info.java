/**
 * What a series of sizes says: efficiency, marginal return, the knee, fits of scaling laws, cost, energy, goodput. Pure functions. Start from {@link dev.kneepoint.analysis.Knee}.
 */
@NullMarked
package dev.kneepoint.analysis;

import org.jspecify.annotations.NullMarked;
