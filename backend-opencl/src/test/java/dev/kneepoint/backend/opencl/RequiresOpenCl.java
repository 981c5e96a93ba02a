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
    /** Part of a device's description that must be there. */
    String device() default "";

    /** The condition. */
    final class Condition implements ExecutionCondition {
        @Override
        public ConditionEvaluationResult evaluateExecutionCondition(ExtensionContext context) {
            String wanted = context.getElement()
                    .map(e -> e.getAnnotation(RequiresOpenCl.class))
                    .map(RequiresOpenCl::device)
                    .orElse("");
            String missing = switch (new OpenClBackendProvider().availability()) {
                case Availability.Ready r when r.devices().stream().anyMatch(d -> d.contains(wanted)) -> "";
                case Availability.Ready r -> "no device '" + wanted + "' among " + r.devices();
                case Availability.Missing m -> m.reason() + "; " + m.remedy();
            };
            if (!missing.isEmpty() && "1".equals(System.getenv("KNEEPOINT_REQUIRE_ALL"))) {
                throw new AssertionError("OpenCL is required here: " + missing);
            }
            return missing.isEmpty()
                    ? ConditionEvaluationResult.enabled("a device is there")
                    : ConditionEvaluationResult.disabled(missing);
        }
    }
}
