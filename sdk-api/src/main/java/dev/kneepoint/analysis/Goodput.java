package dev.kneepoint.analysis;

import dev.kneepoint.units.Checks;

/**
 * What failures leave of a run's time. The system's mean time between failures is the device's over the number of devices;
 * checkpoints are taken every {@code sqrt(2*save*MTBF)} seconds (Young, CACM 1974) less the save itself (Daly's
 * first-order correction, FGCS 2006); each failure costs a restart and half an interval.
 *
 * @param deviceHoursBetweenFailures mean device-hours between interruptions of the job; 50,000 was seen in the training
 *     of Llama 3 (arXiv 2407.21783)
 * @param saveSeconds time that a checkpoint stops the job
 * @param restartSeconds time from a failure to the next productive step
 */
public record Goodput(double deviceHoursBetweenFailures, double saveSeconds, double restartSeconds) {
    private static final double SECONDS_PER_HOUR = 3600;

    /** 50,000 device-hours, a minute to save, ten to restart. */
    public static final Goodput TYPICAL = new Goodput(50_000, 60, 600);

    /** Checks the ranges. */
    public Goodput {
        Checks.positive("deviceHoursBetweenFailures", deviceHoursBetweenFailures);
        Checks.positive("saveSeconds", saveSeconds);
        Checks.notNegative("restartSeconds", restartSeconds);
    }

    /**
     * Mean time between failures of the whole job.
     *
     * @param devices devices, at least 1
     * @return seconds
     */
    public double meanSecondsBetweenFailures(int devices) {
        return deviceHoursBetweenFailures * SECONDS_PER_HOUR / Checks.range("devices", devices, 1, 1 << 30);
    }

    /**
     * Best time between checkpoints.
     *
     * @param devices devices, at least 1
     * @return seconds of work, at least one save
     */
    public double checkpointSeconds(int devices) {
        double young = Math.sqrt(2 * saveSeconds * meanSecondsBetweenFailures(devices));
        return Math.max(saveSeconds, young - saveSeconds);
    }

    /**
     * Share of the time that makes progress.
     *
     * @param devices devices, at least 1
     * @return 0..1
     */
    public double fraction(int devices) {
        double interval = checkpointSeconds(devices);
        double saving = interval / (interval + saveSeconds);
        double lost = (restartSeconds + (interval + saveSeconds) / 2) / meanSecondsBetweenFailures(devices);
        return Math.max(0, saving * (1 - lost));
    }
}
