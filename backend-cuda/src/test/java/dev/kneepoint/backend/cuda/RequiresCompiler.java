package dev.kneepoint.backend.cuda;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import java.util.List;
import org.junit.jupiter.api.extension.ConditionEvaluationResult;
import org.junit.jupiter.api.extension.ExecutionCondition;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * Skips tests where a program is missing. With {@code KNEEPOINT_REQUIRE_ALL=1} a missing g++ fails them; nvcc is needed
 * only by those who change a kernel.
 */
@Target(ElementType.TYPE)
@Retention(RetentionPolicy.RUNTIME)
@ExtendWith(RequiresCompiler.Condition.class)
@interface RequiresCompiler {
    /** Programs that must be on the path. */
    String[] value();

    /** The condition. */
    final class Condition implements ExecutionCondition {
        @Override
        public ConditionEvaluationResult evaluateExecutionCondition(ExtensionContext context) {
            String[] wanted = context.getElement()
                    .map(e -> e.getAnnotation(RequiresCompiler.class))
                    .map(RequiresCompiler::value)
                    .orElse(new String[0]);
            List<String> missing = Programs.missing(wanted);
            if (missing.contains("g++") && "1".equals(System.getenv("KNEEPOINT_REQUIRE_ALL"))) {
                throw new AssertionError("g++ is required here; install it");
            }
            return missing.isEmpty()
                    ? ConditionEvaluationResult.enabled("all programs are there")
                    : ConditionEvaluationResult.disabled("not on the path: " + String.join(", ", missing));
        }
    }
}
