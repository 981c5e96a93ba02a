package dev.kneepoint.profile;

import dev.kneepoint.units.Checks;

/**
 * Power of a device by what it does, as fractions of its power limit.
 *
 * @param compute matrix products and attention
 * @param communication a collective moving data on all channels with no compute beside it
 * @param waiting blocked on a peer: pipeline bubbles, stragglers, launches
 * @param idle nothing to do
 */
public record PowerCurve(double compute, double communication, double waiting, double idle) {
    /** Checks the ranges. */
    public PowerCurve {
        Checks.fraction("compute power", compute);
        Checks.fraction("communication power", communication);
        Checks.fraction("waiting power", waiting);
        Checks.fraction("idle power", idle);
    }
}
