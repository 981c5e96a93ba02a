package dev.kneepoint.backend.opencl;

import dev.kneepoint.spi.Availability;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.extension.ConditionEvaluationResult;
import org.junit.jupiter.api.extension.ExecutionCondition;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.ExtensionContext;

/** Skips tests where there is no OpenCL device; with {@code KNEEPOINT_REQUIRE_ALL=1} its absence fails them. */
@Target(ElementType.TYPE)
@Retention(RetentionPolicy.RUNTIME)
@ExtendWith(RequiresOpenCl.Condition.class)
@interface RequiresOpenCl {
    /** The condition. */
    final class Condition implements ExecutionCondition {
        @Override
        public ConditionEvaluationResult evaluateExecutionCondition(ExtensionContext context) {
            return switch (new OpenClBackendProvider().availability()) {
                case Availability.Ready r -> ConditionEvaluationResult.enabled(String.join("; ", r.devices()));
                case Availability.Missing m
                when "1".equals(System.getenv("KNEEPOINT_REQUIRE_ALL")) ->
                    throw new AssertionError("OpenCL is required here: " + m.reason() + "; " + m.remedy());
                case Availability.Missing m -> ConditionEvaluationResult.disabled(m.reason() + "; " + m.remedy());
            };
        }
    }
}
