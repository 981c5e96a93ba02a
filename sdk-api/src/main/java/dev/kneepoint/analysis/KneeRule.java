package dev.kneepoint.analysis;

import dev.kneepoint.units.Checks;
import java.util.Locale;

/** What it takes for a size to still pay. */
public sealed interface KneeRule {
    /**
     * Every doubling must return at least 0.7 of proportional throughput, a speed-up of 1.4.
     *
     * @return the default rule
     */
    static KneeRule marginalReturn() {
        return new MarginalReturn(0.7);
    }

    /**
     * Every step up to the size returns at least a fraction of proportional throughput per doubling.
     *
     * @param fraction of a proportional doubling, above 0.5 (a doubling that brings nothing) and at most 1
     */
    record MarginalReturn(double fraction) implements KneeRule {
        /** Checks the range. */
        public MarginalReturn {
            if (!(fraction > 0.5 && fraction <= 1)) {
                throw new IllegalArgumentException("the marginal return must lie above 0.5 (a doubling that brings"
                        + " nothing) and be at most 1, not " + fraction);
            }
        }

        @Override
        public String toString() {
            return String.format(
                    Locale.ROOT,
                    "every doubling returns at least %.2f of proportional throughput (a speed-up of %.2f)",
                    fraction,
                    2 * fraction);
        }
    }

    /** The size with the most throughput per device, so the lowest device cost per token. */
    record LowestCost() implements KneeRule {
        @Override
        public String toString() {
            return "lowest device cost per token";
        }
    }

    /**
     * Every size up to it keeps an efficiency against the smallest size.
     *
     * @param floor efficiency, 0..1
     */
    record EfficiencyFloor(double floor) implements KneeRule {
        /** Checks the range. */
        public EfficiencyFloor {
            Checks.fraction("efficiency floor", floor);
        }

        @Override
        public String toString() {
            return String.format(Locale.ROOT, "efficiency against the smallest size of at least %.2f", floor);
        }
    }
}
