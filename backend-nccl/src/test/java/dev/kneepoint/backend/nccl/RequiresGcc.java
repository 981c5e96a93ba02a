package dev.kneepoint.backend.nccl;

import dev.kneepoint.backend.cuda.Programs;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import java.util.List;
import org.junit.jupiter.api.extension.ConditionEvaluationResult;
import org.junit.jupiter.api.extension.ExecutionCondition;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.ExtensionContext;

/** Skips tests where gcc, g++ or nm is missing; with {@code KNEEPOINT_REQUIRE_ALL=1} they fail instead. */
@Target(ElementType.TYPE)
@Retention(RetentionPolicy.RUNTIME)
@ExtendWith(RequiresGcc.Condition.class)
@interface RequiresGcc {
    /** The condition. */
    final class Condition implements ExecutionCondition {
        @Override
        public ConditionEvaluationResult evaluateExecutionCondition(ExtensionContext context) {
            List<String> missing = Programs.missing("gcc", "g++", "nm");
            if (missing.isEmpty()) {
                return ConditionEvaluationResult.enabled("all programs are there");
            }
            String reason = "not on the path: " + String.join(", ", missing);
            if ("1".equals(System.getenv("KNEEPOINT_REQUIRE_ALL"))) {
                throw new AssertionError(reason);
            }
            return ConditionEvaluationResult.disabled(reason);
        }
    }
}
