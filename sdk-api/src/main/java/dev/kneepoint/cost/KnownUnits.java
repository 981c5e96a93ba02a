package dev.kneepoint.cost;

import dev.kneepoint.plan.OpSink;
import java.util.Arrays;

/** Lowered ops of the units that a layout's segments share, so that a layer is lowered once. Thread-confined. */
final class KnownUnits {
    private final OpTable ops = new OpTable(false);
    private final int[] start = new int[OpSink.UNITS];
    private final int[] end = new int[OpSink.UNITS];

    KnownUnits() {
        clear();
    }

    /** Forgets all units: another layout has other sizes. */
    final void clear() {
        ops.clear();
        Arrays.fill(end, -1);
    }

    boolean knows(int unit) {
        return end[unit] >= 0;
    }

    /** Appends a unit to a segment's ops. */
    void copy(int unit, OpTable to) {
        to.append(ops, start[unit], end[unit]);
    }

    /** Keeps the ops from {@code from} on as a unit. */
    void keep(int unit, OpTable source, int from) {
        start[unit] = ops.size();
        ops.append(source, from, source.size());
        end[unit] = ops.size();
    }
}
