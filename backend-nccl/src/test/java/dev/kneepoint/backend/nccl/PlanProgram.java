package dev.kneepoint.backend.nccl;

import dev.kneepoint.backend.cuda.CudaDouble;
import dev.kneepoint.backend.cuda.DoubleConfig;
import dev.kneepoint.metrics.RankTimeline;
import dev.kneepoint.spi.Backend;
import dev.kneepoint.spi.BackendException;
import dev.kneepoint.spi.BackendRegistry;
import dev.kneepoint.spi.CancellationToken;
import dev.kneepoint.spi.ExecutionRequest;
import dev.kneepoint.spi.ExecutionResult;
import dev.kneepoint.spi.UnsupportedPlanException;
import dev.kneepoint.testkit.TinyPlans;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A process of a run, as a launcher would start it: its place is in its environment. Arguments are the number of GPUs of the
 * host, options of the backend ({@code name=value}), and after {@code --} what to run: {@code strategy@ranks}, {@code
 * endless:strategy@ranks} for steps without an end, {@code decide} for two choices that the one that leads makes otherwise.
 */
final class PlanProgram {
    private static final int ENDLESS = 1_000_000;

    private PlanProgram() {}

    /** Its place among processes of one host, as torchrun says it. */
    static Map<String, String> environment(int rank, int size, int port) {
        return Map.of(
                "RANK", Integer.toString(rank),
                "WORLD_SIZE", Integer.toString(size),
                "LOCAL_RANK", Integer.toString(rank),
                "LOCAL_WORLD_SIZE", Integer.toString(size),
                "MASTER_ADDR", "127.0.0.1",
                "MASTER_PORT", Integer.toString(port));
    }

    /** The command that starts it. */
    static List<String> command(int gpus, List<String> options, String... plans) {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "-Xmx256m",
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                System.getProperty("java.class.path"),
                PlanProgram.class.getName(),
                Integer.toString(gpus)));
        command.addAll(options);
        command.add("--");
        command.addAll(List.of(plans));
        return command;
    }

    public static void main(String[] arguments) {
        List<String> all = Arrays.asList(arguments);
        int split = all.indexOf("--");
        CudaDouble.reset(DoubleConfig.of(Integer.parseInt(all.getFirst())));
        Map<String, String> options =
                new HashMap<>(Map.of("nccl.library", NcclDouble.path().toString(), "cuda.cublas", "off"));
        for (String option : all.subList(1, split)) {
            options.put(option.substring(0, option.indexOf('=')), option.substring(option.indexOf('=') + 1));
        }
        try (Backend backend =
                BackendRegistry.discover(PlanProgram.class.getClassLoader()).open("nccl", options)) {
            say("OPEN " + backend.capabilities().maxRanks());
            all.subList(split + 1, all.size()).forEach(plan -> run(backend, plan));
        } catch (BackendException | IllegalArgumentException e) {
            say("FAILED " + e.getClass().getSimpleName() + ": " + e.getMessage());
        }
        say("ENDED " + OwnThreads.names());
    }

    private static void run(Backend backend, String what) {
        if (what.equals("decide")) {
            say("DECIDED " + backend.decide(backend.leads()) + " " + backend.decide(!backend.leads()));
            return;
        }
        boolean endless = what.startsWith("endless:");
        String plan = what.replace("endless:", "");
        String strategy = plan.substring(0, plan.indexOf('@'));
        int ranks = Integer.parseInt(plan.substring(plan.indexOf('@') + 1));
        if (endless) {
            say("RUNS " + plan);
        }
        try {
            say("RESULT " + plan + " "
                    + text(backend.execute(new ExecutionRequest(
                            TinyPlans.of(strategy, ranks, 4 * ranks),
                            1,
                            endless ? ENDLESS : 2,
                            false,
                            Optional.of(Duration.ofMinutes(2)),
                            CancellationToken.none()))));
        } catch (UnsupportedPlanException e) {
            say("REFUSED " + e.getMessage());
        }
    }

    /** All that must be alike in all processes. */
    private static String text(ExecutionResult result) {
        return result.timeline().step().value() + " "
                + result.timeline().ranks().stream().map(RankTimeline::label).toList()
                + result.timeline().ranks().stream()
                        .map(r -> r.busy().bytesByAxis())
                        .toList()
                + result.flags() + result.origin();
    }

    private static void say(String line) {
        System.out.println(line);
        System.out.flush();
    }
}
