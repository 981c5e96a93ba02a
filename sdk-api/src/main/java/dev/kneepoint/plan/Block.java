package dev.kneepoint.plan;

import com.google.common.collect.ImmutableList;
import dev.kneepoint.units.Checks;
import java.util.List;

/**
 * Ops that are issued in order, the whole list several times over.
 *
 * @param name for example {@code layer}
 * @param repeat times, at least 1
 * @param ops the ops in issue order
 */
public record Block(String name, int repeat, List<Op> ops) {
    /** Checks the range and copies the ops. */
    public Block {
        Checks.range("repeat", repeat, 1, 1 << 20);
        ops = ImmutableList.copyOf(ops);
    }
}
