package dev.kneepoint.backend.cuda;

import java.util.OptionalDouble;

/**
 * How long one run of something takes.
 *
 * @param seconds median over the samples
 * @param watts mean power of the board meanwhile; empty if nobody measured it, or not for long enough
 */
record FigureTiming(double seconds, OptionalDouble watts) {
    /** Of one of so many equal parts. */
    FigureTiming dividedBy(int parts) {
        return new FigureTiming(seconds / parts, watts);
    }
}
