package dev.kneepoint.calibration;

import dev.kneepoint.annotation.Incubating;
import java.util.List;

/** Errors by number of devices: predictions that are good only at sizes that are cheap to measure would show here. */
@Incubating
public final class DeviceBuckets {
    private static final List<Bucket> BUCKETS = List.of(
            new Bucket("1-8 devices", 1, 8),
            new Bucket("9-64 devices", 9, 64),
            new Bucket("65-512 devices", 65, 512),
            new Bucket("above 512 devices", 513, Integer.MAX_VALUE));

    private record Bucket(String name, int least, int most) {}

    private DeviceBuckets() {}

    /**
     * Errors of each range of sizes, every row with one vote.
     *
     * @param rows the rows
     * @return smallest sizes first, also those without rows
     */
    public static List<ErrorSummary> of(List<ValidationRow> rows) {
        return BUCKETS.stream()
                .map(b -> ErrorSummary.of(
                        b.name(),
                        rows.stream()
                                .filter(r -> b.least() <= r.devices() && r.devices() <= b.most())
                                .toList()))
                .toList();
    }
}
