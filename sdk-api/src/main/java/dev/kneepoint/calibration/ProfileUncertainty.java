package dev.kneepoint.calibration;

import com.google.common.collect.ImmutableList;
import dev.kneepoint.annotation.Incubating;
import dev.kneepoint.profile.ProfileSet;
import dev.kneepoint.profile.Scenario;
import dev.kneepoint.units.Checks;
import java.io.Writer;
import java.util.List;
import java.util.SplittableRandom;

/**
 * What is not known of the profiles: how far each fitted constant may lie from its value, and how far a model on a
 * machine may lie from what the constants say of all, by kind of time. All are standard deviations of logarithms, of
 * normal and independent errors. Immutable.
 *
 * @param constants of the fitted constants
 * @param compute of the time of all kernels, at least 0
 * @param communication of the time of all collectives, at least 0
 * @param host of the time of the host, at least 0
 */
@Incubating
public record ProfileUncertainty(List<ConstantSpread> constants, double compute, double communication, double host) {
    private static final class Holder {
        static final ProfileUncertainty SHIPPED = new ProfileUncertainty(
                UncertaintyFiles.shipped(),
                PooledEffects.sigmaOfAnotherRun(Multiplier.COMPUTE),
                PooledEffects.sigmaOfAnotherRun(Multiplier.COMMUNICATION),
                PooledEffects.sigmaOfAnotherRun(Multiplier.HOST));
    }

    /** Checks the ranges and copies the list. */
    public ProfileUncertainty {
        constants = ImmutableList.copyOf(constants);
        Checks.notNegative("compute", compute);
        Checks.notNegative("communication", communication);
        Checks.notNegative("host", host);
    }

    /**
     * How far a constant may lie from its value.
     *
     * @param name as in {@link ProfileSet#constant}
     * @param sigma standard deviation of its logarithm, at least 0
     * @param low the least value that makes sense, positive
     * @param high the greatest
     */
    public record ConstantSpread(String name, double sigma, double low, double high) {
        /** Checks the ranges. */
        public ConstantSpread {
            Checks.notBlank("name", name);
            Checks.notNegative("sigma of " + name, sigma);
            Checks.positive("low of " + name, low);
            if (!(low <= high)) {
                throw new IllegalArgumentException(name + ": want low <= high, got " + low + " and " + high);
            }
        }

        /** A value so many standard deviations off, kept to what makes sense unless it already was outside. */
        private double moved(double value, double deviations) {
            double moved = value * Math.exp(deviations * sigma);
            return Math.min(Math.max(high, value), Math.max(Math.min(low, value), moved));
        }
    }

    /**
     * What is not known of the shipped profiles: what the fit on published runs left open of each constant, and how far
     * families of sources, models and machines were seen to lie from the fit.
     *
     * @return the uncertainty
     */
    public static ProfileUncertainty shipped() {
        return Holder.SHIPPED;
    }

    /**
     * Profiles that are exact.
     *
     * @return an uncertainty of zero
     */
    public static ProfileUncertainty none() {
        return new ProfileUncertainty(ImmutableList.of(), 0, 0, 0);
    }

    /**
     * What a fit left open of its constants, with the spread of other runs around it as shipped.
     *
     * @param fitted the fit
     * @return the uncertainty
     */
    public static ProfileUncertainty of(FittedProfiles fitted) {
        return new ProfileUncertainty(
                fitted.constants().stream()
                        .map(e -> new ConstantSpread(
                                e.constant().name(),
                                e.sigma(),
                                e.constant().low(),
                                e.constant().high()))
                        .toList(),
                shipped().compute,
                shipped().communication,
                shipped().host);
    }

    /**
     * Writes the constants as {@code kneepoint.uncertainty/1}.
     *
     * @param out where to; not closed
     */
    public void write(Writer out) {
        UncertaintyFiles.write(constants, out);
    }

    /**
     * The scenario as it may be: its profiles with errors drawn at random.
     *
     * @param scenario with the profiles as they are believed to be
     * @param seed of the draw: the same errors for every scenario
     * @return the same work on the same machines with other profiles
     */
    public Scenario resample(Scenario scenario, long seed) {
        // Seeds in a row are common here, and java.util.Random draws much alike from them.
        SplittableRandom random = new SplittableRandom(seed);
        ProfileSet set = ScenarioProfiles.of(scenario);
        Multipliers multipliers = new Multipliers(
                Math.exp(compute * random.nextGaussian()),
                Math.exp(communication * random.nextGaussian()),
                Math.exp(host * random.nextGaussian()));
        for (ConstantSpread c : constants) {
            double deviations = random.nextGaussian();
            if (set.has(c.name())) {
                set = set.with(c.name(), c.moved(set.constant(c.name()), deviations));
            }
        }
        return multipliers.apply(ScenarioProfiles.with(scenario, set));
    }
}
