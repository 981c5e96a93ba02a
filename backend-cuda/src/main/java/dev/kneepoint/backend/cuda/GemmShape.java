package dev.kneepoint.backend.cuda;

import dev.kneepoint.units.Checks;

/**
 * What is multiplied: {@code count} products [rows, inner] x [inner, columns], row-major, one after the other. Immutable.
 *
 * @param rows at least 1
 * @param columns at least 1
 * @param inner at least 1
 * @param count at least 1
 */
record GemmShape(int rows, int columns, int inner, int count) {
    GemmShape {
        Checks.range("rows", rows, 1, Integer.MAX_VALUE);
        Checks.range("columns", columns, 1, Integer.MAX_VALUE);
        Checks.range("inner", inner, 1, Integer.MAX_VALUE);
        Checks.range("count", count, 1, Integer.MAX_VALUE);
    }
}
