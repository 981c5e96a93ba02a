package dev.kneepoint.backend.engine;

import dev.kneepoint.metrics.RankTimeline;
import dev.kneepoint.metrics.Timeline;
import dev.kneepoint.plan.RankMap;
import dev.kneepoint.plan.StepPlan;
import dev.kneepoint.plan.StreamKind;
import dev.kneepoint.spi.BackendException;
import dev.kneepoint.spi.CollectiveBench;
import dev.kneepoint.spi.ExecutionRequest;
import dev.kneepoint.spi.Numerics;
import dev.kneepoint.units.Seconds;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Runs plans together with other processes, each of which runs some of the ranks. All processes call the same methods with
 * the same arguments in the same order, and get the same results. Confined to one thread at a time.
 */
public final class DistributedEngine implements AutoCloseable {
    private static final double NANO = 1e-9;

    private final DeviceSet devices;
    private final EngineOptions options;
    private final RankNetwork network;
    private final Seats seats;

    /**
     * An engine; closing it leaves devices and network open.
     *
     * @param devices what this process's ranks run on, in their order
     * @param options how
     * @param network the ranks of all processes
     */
    public DistributedEngine(DeviceSet devices, EngineOptions options, RankNetwork network) {
        this.devices = devices;
        this.options = options;
        this.network = network;
        this.seats = new Seats(devices);
    }

    /**
     * Buffers that the devices hold for this engine.
     *
     * @return in use or kept for later
     */
    public int buffers() {
        return seats.buffers();
    }

    /**
     * The kernels and collectives that plans run, on the caller's data, which is the same in all processes.
     *
     * @return arithmetic on the first device of this process
     */
    public Numerics numerics() {
        Seat seat = seats.seat(0);
        return new DeviceNumerics(
                seat.device().memory(),
                seat.kernels(),
                seat.queue(StreamKind.COMPUTE),
                new RemoteExchange(network, seats));
    }

    /**
     * What becomes of products whose operands a plan wants quantised.
     *
     * @param plan a plan that runs here
     * @return how many of them there are, and how many are
     */
    public QuantisedProducts quantised(StepPlan plan) {
        return QuantisedProducts.of(plan, devices, options.alone());
    }

    /**
     * Times transfers alone.
     *
     * @return a bench on all processes' ranks
     */
    public CollectiveBench collectives() {
        return new RemoteBench(devices, network, seats);
    }

    /**
     * Runs a plan.
     *
     * @param request what to run
     * @param meter what else to measure on this process's devices
     * @return the measured steps by step time, with all ranks of the plan
     * @throws dev.kneepoint.spi.UnsupportedPlanException if it cannot run, before anything starts
     * @throws BackendException if it fails, here or elsewhere
     */
    public List<Timeline> run(ExecutionRequest request, StepMeter meter) {
        try {
            return together(request, meter);
        } catch (BackendException e) {
            if (e instanceof AgreedException agreed) {
                throw agreed.reason();
            }
            throw network.end(e);
        } catch (RuntimeException | Error e) {
            network.abort(new BackendException("unexpected: " + e, e));
            throw e;
        }
    }

    private List<Timeline> together(ExecutionRequest request, StepMeter meter) {
        StepPlan plan = request.plan();
        List<Place> places = places(plan);
        Agreement.on(request, network, () -> {
            TransferOrder.check(plan);
            seats.expect(new MemoryCheck(devices, options.sample()).check(plan, places));
        });
        Map<String, Map<Integer, RankGroup>> groups = new LinkedHashMap<>();
        RankSplits.of(plan, network.size()).forEach((name, colours) -> groups.put(name, network.split(name, colours)));
        List<TimelineCodec.Step> mine = places.isEmpty() ? List.of() : run(request, meter, places, groups);
        return merge(network.exchange(TimelineCodec.encode(mine), true), request.measuredSteps());
    }

    private List<Place> places(StepPlan plan) {
        RankMap map = new RankMap(plan.layout());
        return network.local().stream()
                .filter(rank -> rank < plan.layout().devices())
                .map(rank -> new Place(rank, map.stage(rank)))
                .toList();
    }

    private List<TimelineCodec.Step> run(
            ExecutionRequest request,
            StepMeter meter,
            List<Place> places,
            Map<String, Map<Integer, RankGroup>> groups) {
        StepPlan plan = request.plan();
        Linkage.Factory linking = (control, staging) -> new RemoteLinkage(plan.layout(), network, groups);
        try (EngineRun run = new EngineRun(
                request, new Meters(meter, new LaunchMeter(false)), plan, options, devices, seats, places, linking)) {
            return run.run().steps(places);
        }
    }

    private static List<Timeline> merge(List<byte[]> encoded, int steps) {
        List<List<TimelineCodec.Step>> processes =
                encoded.stream().map(TimelineCodec::decode).toList();
        List<Timeline> out = new ArrayList<>();
        for (int s = 0; s < steps; s++) {
            long nanos = 1;
            SortedMap<Integer, RankTimeline> ranks = new TreeMap<>();
            for (List<TimelineCodec.Step> process : processes) {
                if (!process.isEmpty()) {
                    nanos = Math.max(nanos, process.get(s).nanos());
                    ranks.putAll(process.get(s).ranks());
                }
            }
            List<RankTimeline> all = List.copyOf(ranks.values());
            out.add(new Timeline(
                    new Seconds(nanos * NANO), all, StepGate.critical(all).parts()));
        }
        out.sort(Comparator.comparingDouble(t -> t.step().value()));
        return out;
    }

    @Override
    public void close() {
        seats.close();
    }
}
