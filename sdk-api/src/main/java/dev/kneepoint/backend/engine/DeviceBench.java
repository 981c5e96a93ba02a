package dev.kneepoint.backend.engine;

import dev.kneepoint.spi.BackendException;
import dev.kneepoint.spi.CancellationToken;
import dev.kneepoint.spi.CollectiveBench;
import dev.kneepoint.spi.ElementType;
import dev.kneepoint.spi.RankPlace;
import dev.kneepoint.spi.ReductionOp;
import dev.kneepoint.spi.TransferCall;
import dev.kneepoint.spi.TransferTiming;
import dev.kneepoint.spi.UnsupportedPlanException;
import dev.kneepoint.units.Checks;
import dev.kneepoint.workload.Precision;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.stream.IntStream;

/** Times the collectives that plans run, on buffers of its own. Confined to the backend's thread. */
final class DeviceBench implements CollectiveBench {
    private final DeviceSet devices;
    private final EngineOptions options;
    private final Seats seats;

    DeviceBench(DeviceSet devices, EngineOptions options, Seats seats) {
        this.devices = devices;
        this.options = options;
        this.seats = seats;
    }

    @Override
    public Set<ElementType> types() {
        Set<ElementType> out = EnumSet.noneOf(ElementType.class);
        for (ElementType type : ElementType.values()) {
            if (type(type, 0).isPresent()) {
                out.add(type);
            }
        }
        return out;
    }

    /** The type of arrays that a rank's device sums, if it is the one wanted. */
    private Optional<DataType> type(ElementType wanted, int rank) {
        return type(devices.device(rank), wanted);
    }

    /** The type of arrays that a device sums, if it is the one wanted. */
    static Optional<DataType> type(Device device, ElementType wanted) {
        return switch (wanted) {
            case FLOAT -> Optional.of(DataType.FP32);
            case HALF -> arrays(device, Precision.FP16, DataType.FP16);
            case BFLOAT16 -> arrays(device, Precision.BF16, DataType.BF16);
            case DOUBLE, INT8, UINT8, INT32, UINT32, INT64, UINT64, F8E4M3, F8E5M2 -> Optional.empty();
        };
    }

    private static Optional<DataType> arrays(Device device, Precision precision, DataType type) {
        return Optional.of(device.formats(precision).arrays()).filter(type::equals);
    }

    /** Sums, which plans also scale. */
    @Override
    public Set<ReductionOp> reductions() {
        return Set.of(ReductionOp.SUM, ReductionOp.AVG);
    }

    @Override
    public List<RankPlace> places(int ranks) {
        seats.throwIfClosed();
        checkRanks(ranks);
        List<Device> seen = new ArrayList<>();
        List<RankPlace> out = new ArrayList<>();
        for (int r = 0; r < ranks; r++) {
            Device device = devices.device(r);
            if (!seen.contains(device)) {
                seen.add(device);
            }
            out.add(new RankPlace(0, host(), seen.indexOf(device), device.name()));
        }
        return out;
    }

    /** This machine's name. */
    static String host() {
        try {
            return InetAddress.getLocalHost().getHostName();
        } catch (UnknownHostException e) {
            return "localhost";
        }
    }

    private void checkRanks(int ranks) {
        Checks.range("ranks", ranks, 1, Integer.MAX_VALUE);
        if (ranks > DeviceEngine.MAX_RANKS) {
            throw new UnsupportedPlanException(
                    ranks + " ranks: backend " + options.backend() + " runs at most " + DeviceEngine.MAX_RANKS);
        }
    }

    @Override
    public TransferTiming time(TransferCall call, CancellationToken cancellation) {
        seats.throwIfClosed();
        checkRanks(call.ranks());
        cancellation.throwIfCancelled("timing " + call.kind().label());
        Optional<String> problem = problem(call);
        if (problem.isPresent()) {
            return new TransferTiming.Refused(problem.get());
        }
        DataType type = type(call.type(), 0).orElseThrow();
        // What is kept for plans would take the room.
        seats.expect(List.of());
        try (BenchBuffers buffers = new BenchBuffers(
                seats, call, type, IntStream.range(0, call.ranks()).boxed().toList())) {
            try {
                buffers.take();
            } catch (BackendException e) {
                return new TransferTiming.Refused("the buffers cannot be had: " + e.getMessage());
            }
            return time(call, buffers, cancellation);
        } finally {
            seats.expect(List.of());
        }
    }

    private TransferTiming time(TransferCall call, BenchBuffers buffers, CancellationToken cancellation) {
        BenchRun run = new BenchRun(call, devices, options, seats, buffers);
        buffers.fill();
        run.calls(call.warmup(), cancellation);
        double seconds = run.calls(call.iterations(), cancellation) / call.iterations();
        OptionalLong wrong = OptionalLong.empty();
        if (call.checked()) {
            buffers.fill();
            run.calls(1, cancellation);
            wrong = OptionalLong.of(buffers.wrong());
        }
        return new TransferTiming.Measured(seconds, wrong);
    }

    private Optional<String> problem(TransferCall call) {
        for (int r = 0; r < call.ranks(); r++) {
            if (type(call.type(), r).isEmpty()) {
                return Optional.of("device '" + devices.device(r).name() + "' of backend " + options.backend()
                        + " sums no " + call.type().label());
            }
        }
        if (call.kind().sums() && !reductions().contains(call.reduction())) {
            return Optional.of("backend " + options.backend() + " has no "
                    + call.reduction().label() + ": it sums");
        }
        return BenchMemory.problem(call, devices, call.ranks(), devices.direct());
    }
}
