package dev.kneepoint.testkit;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/** All batteries by name; each lists its checks when it is asked, since some look at the backend for it. */
final class Batteries {
    private Batteries() {}

    static Map<String, Supplier<List<Check>>> of(Subject subject) {
        Map<String, Supplier<List<Check>>> all = new LinkedHashMap<>();
        all.put("lifecycle", LifecycleBattery::checks);
        all.put("arithmetic", () -> ArithmeticBattery.checks(subject));
        all.put("collectives", () -> CollectiveBattery.checks(subject));
        all.put("transfers", () -> TransferBattery.checks(subject));
        all.put("plans", PlanBattery::checks);
        all.put("metrics", MetricsBattery::checks);
        all.put("failures", () -> FailureBattery.checks(subject));
        all.put("endurance", EnduranceBattery::checks);
        return all;
    }
}
