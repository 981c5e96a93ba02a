package dev.kneepoint.samples.cli;

import dev.kneepoint.plan.MemoryUse;
import dev.kneepoint.study.SearchObstacle;
import dev.kneepoint.study.SearchObstacle.Limit;
import dev.kneepoint.study.SearchObstacle.Remedy;
import java.io.PrintWriter;
import java.util.Locale;

/** Prints for people why nothing was found, and what would help. */
final class ObstacleLines {
    private static final double GB = 1e9;

    private ObstacleLines() {}

    static void print(SearchObstacle obstacle, PrintWriter out) {
        boolean memory = obstacle.limit() == Limit.MEMORY;
        out.println((memory ? "nothing fits: " : "nothing is legal here: ") + obstacle.reason());
        obstacle.memory().ifPresent(use -> out.println(parts(use)));
        if (obstacle.remedies().isEmpty()) {
            out.println("no change of one thing alone helps, of those tried");
            return;
        }
        out.println(memory ? "it would fit with one of these:" : "legal would be, with one of these:");
        for (Remedy r : obstacle.remedies()) {
            out.printf(
                    Locale.ROOT,
                    "  %s: %s, %.1f GB%n",
                    r.text(),
                    SearchTable.spec(r.layout()),
                    r.layout().memoryBytes() / GB);
        }
    }

    private static String parts(MemoryUse use) {
        return String.format(
                Locale.ROOT,
                "  of that, GB: weights %.1f, gradients %.1f, optimizer %.1f, activations %.1f, gathered units %.1f,"
                        + " overhead %.1f; no allowed micro-batch and recomputation take less",
                use.weights().value() / GB,
                use.gradients().value() / GB,
                use.optimizer().value() / GB,
                use.activations().value() / GB,
                use.transientUnits().value() / GB,
                use.overhead().value() / GB);
    }
}
