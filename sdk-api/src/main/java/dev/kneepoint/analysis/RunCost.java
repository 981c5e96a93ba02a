package dev.kneepoint.analysis;

import dev.kneepoint.units.Checks;

/**
 * Time and device cost to a token target.
 *
 * @param days days, failures not counted
 * @param usd US dollars
 */
public record RunCost(double days, double usd) {
    private static final double SECONDS_PER_HOUR = 3600;
    private static final double HOURS_PER_DAY = 24;

    /**
     * Cost of a run.
     *
     * @param tokens tokens to train on
     * @param tokensPerSecond global rate
     * @param devices devices
     * @param usdPerDeviceHour price
     * @return time and cost
     */
    public static RunCost of(double tokens, double tokensPerSecond, int devices, double usdPerDeviceHour) {
        Checks.positive("tokens", tokens);
        Checks.positive("tokensPerSecond", tokensPerSecond);
        Checks.range("devices", devices, 1, 1 << 30);
        Checks.notNegative("usdPerDeviceHour", usdPerDeviceHour);
        double hours = tokens / tokensPerSecond / SECONDS_PER_HOUR;
        return new RunCost(hours / HOURS_PER_DAY, hours * devices * usdPerDeviceHour);
    }
}
