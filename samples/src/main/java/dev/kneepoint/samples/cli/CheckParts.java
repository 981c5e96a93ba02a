package dev.kneepoint.samples.cli;

import dev.kneepoint.Kneepoint;
import dev.kneepoint.calibration.probe.Calibration;
import dev.kneepoint.calibration.probe.DrawnPlan;
import dev.kneepoint.calibration.probe.SelfCheck;
import dev.kneepoint.cluster.Cluster;
import dev.kneepoint.cluster.ClusterCatalog;
import dev.kneepoint.spi.Backend;
import dev.kneepoint.spi.DeviceFigure;
import dev.kneepoint.spi.ExecutionCancelledException;
import dev.kneepoint.spi.ExecutionRequest;
import dev.kneepoint.spi.ProgressListener;
import dev.kneepoint.testkit.ConformanceRun;
import dev.kneepoint.testkit.TinyPlans;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * Runs the parts of a check one after the other, each within its share of the time: what fails, or does not fit, is a
 * problem in the report and harms no other part.
 */
final class CheckParts {
    /** Shares of what is left when a part begins, and what it has no use for more of. */
    private static final double CONFORMANCE = 0.45;

    private static final double FIGURES = 0.4;
    private static final Duration FIGURES_MOST = Duration.ofSeconds(100);
    private static final Duration GRAPHS_MOST = Duration.ofSeconds(30);
    private static final double NCCL = 0.3;
    private static final Duration NCCL_MOST = Duration.ofSeconds(60);
    private static final Duration RIVALS_MOST = Duration.ofSeconds(30);
    private static final double SAMPLES = 0.4;
    private static final Duration SAMPLES_MOST = Duration.ofSeconds(90);
    private static final double SAMPLE = 0.5;
    private static final double PROBES = 0.5;
    private static final double CALIBRATION = 0.75;
    private static final double NEARLY_ALL = 0.9;

    private final CheckTarget target;
    private final CalibrationOptions calibration;
    private final SelfCheckOptions selfCheck;
    private final CheckReport report;
    private final CheckBudget budget;
    private final PrintWriter err;

    CheckParts(
            CheckTarget target,
            CalibrationOptions calibration,
            SelfCheckOptions selfCheck,
            CheckReport report,
            CheckBudget budget,
            PrintWriter err) {
        this.target = target;
        this.calibration = calibration;
        this.selfCheck = selfCheck;
        this.report = report;
        this.budget = budget;
        this.err = err;
    }

    private interface Part<T> {
        T run(PartClock clock) throws Exception;
    }

    /** Runs a part unless its time is up before; empty if it failed, which the report then says. */
    private <T> Optional<T> part(String name, Duration most, Part<T> part) {
        if (most.isZero()) {
            report.problem(name, "no time was left for it");
            return Optional.empty();
        }
        long start = System.nanoTime();
        report.begins(name);
        try (PartClock clock = new PartClock(most)) {
            return Optional.of(part.run(clock));
        } catch (ExecutionCancelledException e) {
            if (Interrupts.token().isCancelled()) {
                throw e;
            }
            report.problem(name, "its time of " + most.toSeconds() + " s was up: " + e.getMessage());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new ExecutionCancelledException("interrupted in part " + name);
        } catch (Exception | LinkageError e) {
            report.problem(name, String.valueOf(e.getMessage() == null ? e : e.getMessage()));
        } finally {
            report.took(name, (System.nanoTime() - start) * 1e-9);
        }
        return Optional.empty();
    }

    private <T> T telling(String name, OutputOptions.Job<T> job) throws Exception {
        return calibration.output().withProgress(name, err, job);
    }

    /** Conformance: what was checked until the time was up counts. */
    void conformance() {
        List<ConformanceRun.Outcome> outcomes = new ArrayList<>();
        part("conformance", budget.share(CONFORMANCE), clock -> {
            ConformanceRun.of(
                    target.backend(),
                    calibration.options,
                    Map.of(),
                    o -> {
                        outcomes.add(o);
                        report.conformance(outcomes);
                        tell(o);
                    },
                    clock.token());
            return true;
        });
    }

    private void tell(ConformanceRun.Outcome o) {
        if (!calibration.quiet || !o.passed()) {
            err.println("conformance: " + (o.passed() ? "ok" : "FAILED") + "  " + o.battery() + ": " + o.check()
                    + o.problem().map(p -> ": " + p).orElse(""));
        }
    }

    /** Opens the backend and closes it again, both of which may fail. */
    private void opened(String whatFor, Map<String, String> more, Consumer<Backend> use) {
        Map<String, String> options = new HashMap<>(calibration.options);
        options.putAll(more);
        Optional<Backend> found = part(
                "open for " + whatFor,
                budget.left(),
                clock -> Kneepoint.create().backends().open(target.backend(), options));
        if (found.isEmpty()) {
            return;
        }
        try {
            use.accept(found.get());
        } finally {
            close(found.get(), whatFor);
        }
    }

    private void close(Backend open, String whatFor) {
        try {
            open.close();
        } catch (RuntimeException e) {
            report.problem("close after " + whatFor, String.valueOf(e.getMessage()));
        }
    }

    /** What the device is, and its figures. */
    void figures() {
        opened("figures", Map.of(), open -> {
            part("device", budget.share(FIGURES, FIGURES_MOST), clock -> {
                report.device(open.execute(ExecutionRequest.of(TinyPlans.of("ddp", 1, 1))));
                return true;
            });
            part("figures", budget.share(FIGURES, FIGURES_MOST), clock -> measure(open, clock));
        });
    }

    private boolean measure(Backend open, PartClock clock) {
        List<DeviceFigure> figures = open.measure(clock.most().multipliedBy(9).dividedBy(10), clock.token());
        if (!figures.isEmpty()) {
            report.figures(figures);
            if (figures.stream().noneMatch(f -> f instanceof DeviceFigure.Measured)) {
                report.problem("figures", "none could be measured");
            }
        }
        return true;
    }

    /** What launching costs a step; only backend cuda knows. A part of its own: capturing may fail where running does not. */
    void graphs() {
        opened(
                "graphs",
                Map.of("cuda.graphs", "on"),
                open -> part("graphs", budget.share(FIGURES, GRAPHS_MOST), clock -> {
                    report.graphs(open.execute(new ExecutionRequest(
                            TinyPlans.of("ddp", 1, 1), 1, 1, false, Optional.of(clock.most()), clock.token())));
                    return true;
                }));
    }

    /** Several ranks by NCCL: that it is not there is an answer. */
    void nccl(CheckNccl nccl) {
        Optional<String> missing = nccl.missing(Kneepoint.create().backends());
        if (missing.isPresent()) {
            report.ncclMissing(missing.get());
            return;
        }
        List<ConformanceRun.Outcome> outcomes = new ArrayList<>();
        part("nccl conformance", budget.share(NCCL, NCCL_MOST), clock -> {
            ConformanceRun.of(
                    CheckNccl.BACKEND,
                    nccl.options(),
                    Map.of(),
                    o -> {
                        outcomes.add(o);
                        report.ncclConformance(outcomes);
                        tell(o);
                    },
                    clock.token());
            return true;
        });
        part("nccl sweep", budget.share(NCCL, NCCL_MOST), clock -> {
            report.ncclSweep(nccl.sweep(clock.token()));
            return true;
        });
    }

    /** What a C program makes of the same calls. */
    void rivals(Path program) {
        part("rivals", budget.share(FIGURES, RIVALS_MOST), clock -> {
            report.rivals(RivalProgram.run(RivalProgram.command(program, calibration.options), clock.most()));
            return true;
        });
    }

    /** One device's work in strategies of many, each by itself. */
    void samples(List<StrategySample> samples) {
        Cluster cluster =
                ClusterCatalog.resolve(calibration.cluster == null ? StrategySample.CLUSTER : calibration.cluster);
        CheckBudget rest = CheckBudget.of(budget.share(SAMPLES, SAMPLES_MOST), budget.clock());
        opened("sampled", StrategySample.options(target.backend()), open -> {
            for (StrategySample sample : samples) {
                part("sampled: " + sample.label(), rest.share(SAMPLE), clock -> {
                    report.sampled(sample.run(open, cluster, clock.most(), clock.token()));
                    return true;
                });
            }
        });
    }

    /** A calibration, and what it predicts of the plans beside what they take. */
    void predictions(List<DrawnPlan> drawn) {
        opened("calibration", Map.of(), open -> {
            Duration probes = atLeastASecond(budget.share(PROBES, Duration.ofSeconds(calibration.time)));
            Optional<Calibration> found = part(
                    "calibration",
                    budget.share(CALIBRATION),
                    clock -> telling("calibration", p -> calibration.calibrate(open, probes, p, clock.token())));
            found.ifPresent(report::calibration);
            found.ifPresent(c -> selfCheck(open, c, drawn));
        });
    }

    private static Duration atLeastASecond(Duration time) {
        Duration second = Duration.ofSeconds(1);
        return time.compareTo(second) < 0 ? second : time;
    }

    /** One round, so that there is a result, then as many as are wanted and still fit. */
    private void selfCheck(Backend open, Calibration found, List<DrawnPlan> drawn) {
        long start = System.nanoTime();
        if (rounds(open, found, drawn, 1).isEmpty()) {
            return;
        }
        long one = System.nanoTime() - start;
        int rounds = (int) Math.min(selfCheck.rounds(), budget.share(NEARLY_ALL).toNanos() / one);
        if (rounds > 1) {
            rounds(open, found, drawn, rounds);
        }
    }

    private Optional<SelfCheck> rounds(Backend open, Calibration found, List<DrawnPlan> drawn, int rounds) {
        Optional<SelfCheck> check = part(
                "selfcheck",
                budget.left(),
                clock -> telling(
                        "selfcheck",
                        (ProgressListener p) -> selfCheck.check(
                                open, calibration.base(), found.machine(), drawn, rounds, p, clock.token())));
        check.ifPresent(c -> report.selfCheck(c, rounds));
        return check;
    }
}
