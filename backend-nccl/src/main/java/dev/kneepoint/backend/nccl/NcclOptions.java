package dev.kneepoint.backend.nccl;

import com.google.common.collect.ImmutableMap;
import dev.kneepoint.backend.cuda.CudaHost;
import dev.kneepoint.backend.engine.EngineOptions;
import dev.kneepoint.backend.engine.OptionReader;
import dev.kneepoint.plan.PlanSample;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * Options of the backend; those of {@code cuda} that say what devices do are also its own.
 *
 * @param engine how plans are run
 * @param library NCCL's file or folder; empty to look in the usual places
 * @param ranks ranks of this process; empty for one on each of its devices
 * @param flightRecord where the last ops of each rank go after a failure
 * @param launch what this process is in the run
 * @param rendezvous how processes find each other
 * @param cuda options for the devices, by the names that {@code cuda} has for them
 */
record NcclOptions(
        EngineOptions engine,
        String library,
        OptionalInt ranks,
        Optional<Path> flightRecord,
        LaunchEnvironment launch,
        RendezvousSettings rendezvous,
        Map<String, String> cuda) {
    private static final String BACKEND = "nccl";
    private static final String LIBRARY = "library";
    private static final String RANKS = "ranks-per-process";

    static NcclOptions of(Map<String, String> environment, Map<String, String> options) {
        ImmutableMap.Builder<String, String> own = ImmutableMap.builder();
        ImmutableMap.Builder<String, String> cuda = ImmutableMap.builder();
        options.forEach((name, value) -> {
            if (CudaHost.OPTIONS.stream().anyMatch(o -> name.equals("cuda." + o))) {
                cuda.put(name, value);
            } else {
                own.put(name, value);
            }
        });
        Map<String, String> mine = own.build();
        List<String> names = new ArrayList<>(List.of(LIBRARY, RANKS, FlightRecorder.OPTION));
        names.addAll(LaunchEnvironment.OPTIONS);
        names.addAll(RendezvousSettings.OPTIONS);
        OptionReader reader = new OptionReader(BACKEND, mine, names);
        EngineOptions engine = reader.engine();
        if (engine.alone() || !engine.sample().equals(PlanSample.whole())) {
            throw new IllegalArgumentException(
                    "backend nccl runs whole plans, so that nccl.layers, nccl.micro-batches and"
                            + " nccl.ranks do not go with it; backend cuda takes a part of a plan");
        }
        int ranks = reader.count(RANKS, 1, 0);
        return new NcclOptions(
                engine,
                reader.text(LIBRARY).orElse(""),
                ranks == 0 ? OptionalInt.empty() : OptionalInt.of(ranks),
                FlightRecorder.folder(mine),
                LaunchEnvironment.of(environment, mine),
                RendezvousSettings.of(environment, mine),
                cuda.build());
    }
}
