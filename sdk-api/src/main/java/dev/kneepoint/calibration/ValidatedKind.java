package dev.kneepoint.calibration;

import com.google.common.collect.ImmutableList;
import dev.kneepoint.annotation.Incubating;
import java.util.List;

/**
 * Runs of one kind that were compared with measurements while their family of sources was left out of the fit.
 *
 * @param architecture see {@link RunTraits}
 * @param network see {@link RunTraits}
 * @param stack see {@link RunTraits}
 * @param precision see {@link RunTraits}
 * @param model see {@link RunTraits}
 * @param layout see {@link RunTraits}
 * @param leastDevices smallest number of devices compared
 * @param mostDevices largest number of devices compared
 * @param leastParameters weights of the smallest model compared
 * @param mostParameters weights of the largest model compared
 * @param rows rows compared
 * @param families families of sources that they come from, by name
 * @param median median of |log(predicted/measured)|
 * @param p80 80th percentile of it
 * @param p90 90th percentile of it
 * @param bias mean of log(predicted/measured)
 * @param pulled 80th percentile of it with ten rows of the spread over all kinds among them, so that a kind of few
 *     rows does not promise what it cannot know
 */
@Incubating
public record ValidatedKind(
        String architecture,
        String network,
        String stack,
        String precision,
        String model,
        String layout,
        double leastDevices,
        double mostDevices,
        double leastParameters,
        double mostParameters,
        int rows,
        List<String> families,
        double median,
        double p80,
        double p90,
        double bias,
        double pulled) {
    /** Copies the families. */
    public ValidatedKind {
        families = ImmutableList.copyOf(families);
    }

    /**
     * The kind in words.
     *
     * @return for example {@code dense sharded 16-bit runs of torch-fsdp on hopper over infiniband}
     */
    public String words() {
        String where = network.equals("none") ? " inside a scale-up domain" : " over " + network;
        return model + " " + layout + " " + precision + " runs of " + stack + " on " + architecture + where;
    }
}
