package dev.kneepoint.samples.cli;

import com.google.common.base.Ticker;
import dev.kneepoint.Kneepoint;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;

/** The part of a check that goes by NCCL, alone, as {@code kneepoint check} runs it. The argument is the number of GPUs. */
final class CheckNcclProgram {
    private static final Duration BUDGET = Duration.ofMinutes(20);

    private CheckNcclProgram() {}

    public static void main(String[] args) throws Exception {
        PrintWriter err = new PrintWriter(System.err, true, StandardCharsets.UTF_8);
        Map<String, String> options = Map.of("cuda.cublas", "off");
        CheckTarget target = CheckTarget.of("cuda", Kneepoint.create().backends());
        CheckReport report = new CheckReport(target, options);
        new CheckParts(
                        target,
                        new CalibrationOptions(),
                        new SelfCheckOptions(),
                        report,
                        CheckBudget.of(BUDGET, Ticker.systemTicker()),
                        err)
                .nccl(CheckNccl.of(options, Integer.parseInt(args[0]), System.getenv()));
        System.out.println(report.json());
    }
}
