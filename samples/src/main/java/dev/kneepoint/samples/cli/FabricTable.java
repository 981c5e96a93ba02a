package dev.kneepoint.samples.cli;

import dev.kneepoint.calibration.FabricCalibration;
import dev.kneepoint.calibration.FittedConstant;
import dev.kneepoint.calibration.MicrobenchmarkGroup;
import dev.kneepoint.profile.GroupTime;
import dev.kneepoint.units.Quantity;
import java.io.PrintWriter;
import java.util.Locale;

/** What sweeps say of links: alpha and beta of every collective and shape, and how well the fitted curves hold. */
final class FabricTable {
    private static final String GROUP = "%-16s %6s %6s %6s %12s %12s %8s%n";
    private static final String CONSTANT = "%-36s %-24s %10s %10s%n";
    private static final String CURVE = "%-36s %6s %8s %8s%n";

    private FabricTable() {}

    static void print(FabricCalibration found, PrintWriter out) {
        out.printf(Locale.ROOT, GROUP, "collective", "ranks", "nodes", "sizes", "alpha", "bus rate", "median");
        for (GroupTime g : found.machine().hardware().groups()) {
            out.printf(
                    Locale.ROOT,
                    GROUP,
                    g.collective(),
                    g.ranks(),
                    g.nodes(),
                    g.rows(),
                    Quantity.si(g.alphaMicros() * 1e-6, "s"),
                    Quantity.si(g.busGbS() * 1e9, "B/s"),
                    Quantity.percent(g.medianError()));
        }
        out.println();
        out.printf(Locale.ROOT, CONSTANT, "fitted over all shapes", "constant", "before", "after");
        for (FittedConstant c : found.constants()) {
            out.printf(Locale.ROOT, CONSTANT, c.profile(), c.name(), digits(c.before()), digits(c.after()));
        }
        out.println();
        out.printf(Locale.ROOT, CURVE, "predicted by them", "sizes", "median", "90 %");
        for (MicrobenchmarkGroup g : found.residuals().byGroup()) {
            out.printf(Locale.ROOT, CURVE, g.name(), g.rows(), Quantity.percent(g.median()), Quantity.percent(g.p90()));
        }
    }

    private static String digits(double value) {
        return String.format(Locale.ROOT, "%.4g", value);
    }
}
