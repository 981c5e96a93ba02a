package dev.kneepoint.backend.cuda;

import dev.kneepoint.backend.engine.DeviceArrays;
import dev.kneepoint.spi.BackendException;
import dev.kneepoint.spi.CancellationToken;
import dev.kneepoint.spi.DeviceFigure;
import dev.kneepoint.spi.ExecutionCancelledException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** Measures a device figure by figure: one that fails is said to be missing and harms no other. */
final class DeviceFigures {
    /** Longer would not make a median better. */
    private static final Duration LONGEST = Duration.ofSeconds(1);

    private DeviceFigures() {}

    /**
     * Measures all figures.
     *
     * @param budget how long all may take; one that has begun is finished
     * @throws ExecutionCancelledException if the token was cancelled
     */
    static List<DeviceFigure> measure(FigureSubject subject, Duration budget, CancellationToken cancellation) {
        long end = System.nanoTime() + budget.toNanos();
        List<FigureCase> cases = cases(subject);
        List<DeviceFigure> out = new ArrayList<>();
        try (FigureBench bench = new FigureBench(subject.device(), subject.boards())) {
            for (FigureCase figure : cases) {
                cancellation.throwIfCancelled("measuring the device");
                Duration left = Duration.ofNanos(end - System.nanoTime());
                if (left.isPositive()) {
                    bench.slot(slot(left.dividedBy(cases.size() - out.size())));
                    out.add(measure(figure, bench));
                } else {
                    out.add(figure.missing("no time was left of " + budget.toSeconds() + " s"));
                }
            }
        }
        return out;
    }

    /** Filling arrays, and what is run before the samples, take their part of a share. */
    private static Duration slot(Duration share) {
        Duration samples = share.dividedBy(2);
        return samples.compareTo(LONGEST) < 0 ? samples : LONGEST;
    }

    /** What matters most comes first. */
    private static List<FigureCase> cases(FigureSubject subject) {
        List<FigureCase> cases = new ArrayList<>();
        cases.addAll(new LaunchFigures(subject).cases());
        cases.addAll(new MemoryFigures(subject).cases());
        cases.addAll(new ProductFigures(subject).cases());
        cases.addAll(new AttentionFigures(subject).cases());
        return cases;
    }

    private static DeviceFigure measure(FigureCase figure, FigureBench bench) {
        try (DeviceArrays arrays = bench.arrays()) {
            bench.device().context().enter();
            return figure.of(figure.trial().run(bench, arrays));
        } catch (BackendException e) {
            return figure.missing(String.valueOf(e.getMessage()));
        }
    }
}
