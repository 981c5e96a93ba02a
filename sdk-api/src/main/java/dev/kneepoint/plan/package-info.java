/**
 * The training step as data: for each pipeline stage a program of ops on streams, with groups and dependencies, repeated blocks folded. Start from {@link dev.kneepoint.plan.PlanCompiler}. Pure; knows shapes and bytes, never seconds.
 */
@NullMarked
package dev.kneepoint.plan;

import org.jspecify.annotations.NullMarked;
