package dev.kneepoint.samples.cli;

import dev.kneepoint.calibration.probe.Calibration;
import dev.kneepoint.calibration.probe.ProbeResidual;
import dev.kneepoint.profile.MachineProfile;
import dev.kneepoint.units.Quantity;
import java.io.PrintWriter;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/** What a calibration found, kind by kind. */
final class ResidualTable {
    private static final String ROW = "%-36s %6s %8s %8s %8s  %s%n";
    private static final double HIGH = 0.9;

    private ResidualTable() {}

    static void print(Calibration calibration, PrintWriter out) {
        out.printf(Locale.ROOT, ROW, "probe", "number", "median", "90 %", "worst", "worst at");
        Map<String, List<ProbeResidual>> by = calibration.residuals().stream()
                .collect(Collectors.groupingBy(ProbeResidual::kind, LinkedHashMap::new, Collectors.toList()));
        by.forEach((kind, all) -> row(kind, all, out));
        MachineProfile m = calibration.machine();
        out.println(
                "best product " + m.cluster().accelerator().peak(m.precision()).orElseThrow() + ", best stream "
                        + m.cluster().accelerator().memoryBandwidth() + ", fixed cost of a step "
                        + Quantity.si(m.stack().fixedMillis() / 1e3, "s"));
    }

    private static void row(String kind, List<ProbeResidual> all, PrintWriter out) {
        List<ProbeResidual> sorted = all.stream()
                .sorted(Comparator.comparingDouble(r -> Math.abs(r.relativeError())))
                .toList();
        ProbeResidual worst = sorted.getLast();
        out.printf(
                Locale.ROOT,
                ROW,
                kind,
                all.size(),
                percent(sorted.get((all.size() - 1) / 2)),
                percent(sorted.get((int) Math.ceil(HIGH * (all.size() - 1)))),
                percent(worst),
                worst.label() + (worst.ranks() > 1 ? " on " + worst.ranks() + " ranks" : ""));
    }

    private static String percent(ProbeResidual r) {
        return String.format(Locale.ROOT, "%.1f %%", 100 * Math.abs(r.relativeError()));
    }
}
