package dev.kneepoint.samples.cli;

import com.google.common.collect.ImmutableMap;
import dev.kneepoint.Kneepoint;
import dev.kneepoint.calibration.Sweep;
import dev.kneepoint.calibration.SweepRequest;
import dev.kneepoint.spi.Availability;
import dev.kneepoint.spi.Backend;
import dev.kneepoint.spi.BackendRegistry;
import dev.kneepoint.spi.CancellationToken;
import dev.kneepoint.spi.ElementType;
import dev.kneepoint.spi.ProgressListener;
import dev.kneepoint.spi.TransferKind;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What a check does by NCCL on a machine's GPUs: as many ranks as there are GPUs, or two on one where NCCL lets them.
 *
 * @param options of backend nccl
 */
record CheckNccl(Map<String, String> options) {
    static final String BACKEND = "nccl";

    private static final String SHARING = "NCCL_MULTI_RANK_GPU_ENABLE";
    private static final List<String> DEVICE_OPTIONS = List.of("cuda.device", "cuda.cublas", "cuda.tf32");
    private static final long LEAST_BYTES = 8;
    private static final long MOST_BYTES = 128L << 20;
    private static final int FACTOR = 16;
    private static final int WARMUP = 5;
    private static final int ITERATIONS = 20;

    /**
     * The options that suit a machine.
     *
     * @param given options of the check
     * @param gpus how many there are
     * @param environment variables
     */
    static CheckNccl of(Map<String, String> given, int gpus, Map<String, String> environment) {
        ImmutableMap.Builder<String, String> out = ImmutableMap.builder();
        given.forEach((name, value) -> {
            if (DEVICE_OPTIONS.contains(name) || name.startsWith(BACKEND + ".")) {
                out.put(name, value);
            }
        });
        if (gpus == 1
                && !given.containsKey("nccl.ranks-per-process")
                && "1".equals(environment.getOrDefault(SHARING, ""))) {
            out.put("nccl.ranks-per-process", "2");
        }
        return new CheckNccl(out.build());
    }

    /** Why it cannot be done here. */
    Optional<String> missing(BackendRegistry registry) {
        return registry.all().stream()
                .filter(f -> f.id().equals(BACKEND))
                .findFirst()
                .map(BackendRegistry.Found::availability)
                .map(a -> a instanceof Availability.Missing m
                        ? Optional.of(m.reason() + "; " + m.remedy())
                        : Optional.<String>empty())
                .orElseGet(() -> Optional.of("there is no backend nccl"));
    }

    /** Collectives between all ranks, by size. */
    Sweep sweep(CancellationToken token) {
        try (Backend open = Kneepoint.create().backends().open(BACKEND, options)) {
            return Sweep.run(
                    BACKEND,
                    open,
                    new SweepRequest(
                            open.capabilities().maxRanks(),
                            List.of(TransferKind.values()),
                            ElementType.FLOAT,
                            SweepRequest.byFactor(LEAST_BYTES, MOST_BYTES, FACTOR),
                            WARMUP,
                            ITERATIONS,
                            true,
                            ProgressListener.none(),
                            token));
        }
    }
}
