package dev.kneepoint.samples.cli;

import dev.kneepoint.calibration.probe.DrawnPlan;
import dev.kneepoint.calibration.probe.PlanDraw;
import dev.kneepoint.calibration.probe.SelfCheck;
import dev.kneepoint.calibration.probe.SelfCheckRequest;
import dev.kneepoint.profile.MachineProfile;
import dev.kneepoint.spi.Backend;
import dev.kneepoint.spi.CancellationToken;
import dev.kneepoint.spi.ProgressListener;
import java.util.List;
import picocli.CommandLine.Option;

/** The options that say which plans a profile is checked on. */
final class SelfCheckOptions {
    @Option(
            names = "--plans",
            paramLabel = "N",
            defaultValue = "30",
            description = "random plans (default: ${DEFAULT-VALUE})")
    private int plans = 30;

    @Option(
            names = "--seed",
            paramLabel = "S",
            defaultValue = "1",
            description = "of the random plans (default: ${DEFAULT-VALUE})")
    private long seed = 1;

    @Option(
            names = "--rounds",
            paramLabel = "N",
            defaultValue = "15",
            description = "runs of every plan, in turn (default: ${DEFAULT-VALUE})")
    private int rounds = 15;

    @Option(
            names = "--size",
            paramLabel = "N",
            defaultValue = "1",
            description = "factor on the width of the models; 1 suits a processor's core (default: ${DEFAULT-VALUE})")
    private int size = 1;

    SelfCheckOptions() {}

    /** The plans; drawn before anything runs, so that a wrong option costs no calibration. */
    List<DrawnPlan> draw(CalibrationOptions calibration) {
        return PlanDraw.draw(
                seed, plans, calibration.devices, calibration.base().precision(), size);
    }

    SelfCheck check(
            Backend open,
            MachineProfile base,
            MachineProfile machine,
            List<DrawnPlan> drawn,
            ProgressListener progress) {
        return check(open, base, machine, drawn, rounds, progress, Interrupts.token());
    }

    /** With another number of rounds. */
    SelfCheck check(
            Backend open,
            MachineProfile base,
            MachineProfile machine,
            List<DrawnPlan> drawn,
            int times,
            ProgressListener progress,
            CancellationToken cancellation) {
        return SelfCheck.run(open, new SelfCheckRequest(machine, base, drawn, times, progress, cancellation));
    }

    int rounds() {
        return rounds;
    }

    /** Chooses another size for a device to which the default one is small. */
    void size(int other) {
        size = other;
    }
}
