package dev.kneepoint.backend.nccl;

import dev.kneepoint.backend.cuda.CudaHost;
import dev.kneepoint.backend.cuda.DeviceWatch;
import dev.kneepoint.backend.engine.Cleanup;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * All that a process has open for a run.
 *
 * @param host its GPUs
 * @param membership its place among the processes
 * @param failure what has failed
 * @param network what connects the ranks
 */
record NcclStart(CudaHost host, Membership membership, NcclFailure failure, NcclNetwork network)
        implements AutoCloseable {
    /** What NCCL wants set where several ranks share a GPU. */
    private static final String SHARING = "NCCL_MULTI_RANK_GPU_ENABLE";

    /** Opens GPUs and meets the other processes. */
    static NcclStart of(NcclOptions options, NcclLibrary library) {
        // The GPUs are opened before the others are met, since they are what those are told of.
        AtomicReference<DeviceWatch> watch = new AtomicReference<>(DeviceWatch.NOTHING);
        CudaHost host = CudaHost.open(options.cuda(), options.engine().timeout(), device(options), new DeviceWatch() {
            @Override
            public void look() {
                watch.get().look();
            }

            @Override
            public void late(Duration waited) {
                watch.get().late(waited);
            }
        });
        try {
            int ranks = ranks(options, library, host);
            Membership membership = join(options, library, host, ranks);
            try {
                if (ranks <= host.size()) {
                    membership.requireDevicesOfTheirOwn();
                }
                int first = membership.devicesBefore(membership.rank());
                List<Integer> local =
                        IntStream.range(first, first + ranks).boxed().toList();
                NcclFailure failure = new NcclFailure(
                        membership, local.stream().map(InFlight::new).toList());
                watch.set(failure);
                NcclNetwork network = new NcclNetwork(
                        library, membership, host, local, options.engine().timeout(), failure);
                return new NcclStart(host, membership, failure, network);
            } catch (RuntimeException | Error e) {
                membership.close();
                throw e;
            }
        } catch (RuntimeException | Error e) {
            host.close();
            throw e;
        }
    }

    /** A process that was started by a launcher has one GPU, that of its number on its host. */
    private static OptionalInt device(NcclOptions options) {
        LaunchEnvironment launch = options.launch();
        boolean several =
                launch.launcher() != Launcher.NONE && launch.localSize().orElse(launch.size()) > 1;
        return several && !options.cuda().containsKey("cuda.device")
                ? OptionalInt.of(launch.localRank())
                : OptionalInt.empty();
    }

    private static int ranks(NcclOptions options, NcclLibrary library, CudaHost host) {
        int ranks = options.ranks().orElse(host.size());
        if (ranks > host.size()
                && !(library.has(NcclFeature.SEVERAL_RANKS_PER_GPU) && "1".equals(System.getenv(SHARING)))) {
            throw new IllegalArgumentException("nccl.ranks-per-process: " + ranks + " ranks would share " + host.size()
                    + (host.size() == 1 ? " GPU" : " GPUs") + ", which NCCL allows from 2.30 on, with " + SHARING
                    + "=1 in the environment; this is NCCL " + library.version()
                    + ": take at most one rank for each GPU, or backend cuda");
        }
        return ranks;
    }

    private static Membership join(NcclOptions options, NcclLibrary library, CudaHost host, int ranks) {
        List<Hello.Device> devices = new ArrayList<>();
        for (int rank = 0; rank < ranks; rank++) {
            devices.add(
                    new Hello.Device(host.gpus().get(rank % host.size()).uuid().toString(), ""));
        }
        return Rendezvous.join(
                options.launch(),
                options.rendezvous(),
                Hello.here(options.launch(), devices),
                () -> library.uniqueId().bytes());
    }

    /** How many processes there are, and where. */
    String describe() {
        Map<String, Integer> hosts = new TreeMap<>();
        membership.members().forEach(m -> hosts.merge(m.host(), 1, Integer::sum));
        String where = hosts.entrySet().stream()
                .limit(8)
                .map(e -> e.getValue() + " on " + e.getKey())
                .collect(Collectors.joining(", "));
        return membership.size()
                + (membership.size() == 1 ? " process: " : " processes: ")
                + where
                + (hosts.size() > 8 ? " and " + (hosts.size() - 8) + " more hosts" : "");
    }

    @Override
    public void close() {
        try (Cleanup cleanup = new Cleanup()) {
            cleanup.then(network::close);
            cleanup.then(membership::close);
            cleanup.then(host::close);
        }
    }
}
