package dev.kneepoint.backend.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.kneepoint.plan.PlanSample;
import dev.kneepoint.spi.CancellationToken;
import dev.kneepoint.spi.CollectiveBench;
import dev.kneepoint.spi.ElementType;
import dev.kneepoint.spi.ExecutionCancelledException;
import dev.kneepoint.spi.RankPlace;
import dev.kneepoint.spi.ReductionOp;
import dev.kneepoint.spi.TransferCall;
import dev.kneepoint.spi.TransferKind;
import dev.kneepoint.spi.TransferTiming;
import dev.kneepoint.spi.UnsupportedPlanException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BiFunction;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Timed transfers between processes, on devices that run commands in every order that they were not denied. */
class RemoteBenchTest {
    private static final EngineOptions OPTIONS =
            new EngineOptions("host", PlanSample.whole(), false, Duration.ofSeconds(30));

    /** What every process gets of a bench; none may throw anything, nor may its engine when it is closed. */
    private static List<Object> all(
            HostDevices devices, int processes, int each, BiFunction<Integer, CollectiveBench, Object> task)
            throws Exception {
        HostNetwork network = new HostNetwork(
                devices,
                IntStream.range(0, processes)
                        .mapToObj(p -> IntStream.range(p * each, (p + 1) * each)
                                .boxed()
                                .toList())
                        .toList());
        try (ExecutorService threads = Executors.newFixedThreadPool(processes)) {
            List<Future<Object>> running = new ArrayList<>();
            for (int p = 0; p < processes; p++) {
                int process = p;
                running.add(threads.submit(() -> {
                    try (DistributedEngine engine =
                            new DistributedEngine(network.devicesOf(process), OPTIONS, network.process(process))) {
                        return task.apply(process, engine.collectives());
                    }
                }));
            }
            List<Object> out = new ArrayList<>();
            for (Future<Object> one : running) {
                out.add(one.get());
            }
            return out;
        }
    }

    /** What a call throws. */
    private static Throwable failure(CollectiveBench bench, TransferCall call, CancellationToken cancellation) {
        return catchThrowable(() -> bench.time(call, cancellation));
    }

    @ParameterizedTest
    @EnumSource
    void everyTransfer_isRightAndTheSameForAllProcesses(TransferKind kind) throws Exception {
        Random random = new Random(12);
        for (long seed = 0; seed < 12; seed++) {
            int processes = 1 + random.nextInt(3);
            int each = 1 + random.nextInt(2);
            int ranks = 1 + random.nextInt(processes * each);
            boolean inPlace = random.nextBoolean();
            HostDevices devices =
                    new HostDevices(processes * each, true, NumberFormats.of(DataType.FP32), 64L << 20, seed);
            TransferCall call =
                    new TransferCall(kind, ElementType.FLOAT, 1L + random.nextInt(3_000), ranks, inPlace, 1, 3, true);
            List<Object> got = all(devices, processes, each, (p, bench) -> bench.time(call, CancellationToken.none()));
            OptionalLong wrong = inPlace && !kind.definedInPlace() ? OptionalLong.empty() : OptionalLong.of(0);
            assertThat(got).as("seed %d, %s", seed, call).containsOnly(got.getFirst());
            assertThat(got.getFirst())
                    .as("seed %d, %s", seed, call)
                    .isInstanceOfSatisfying(
                            TransferTiming.Measured.class,
                            m -> assertThat(m.wrong()).isEqualTo(wrong));
            assertThat(devices.buffers()).isZero();
        }
    }

    @ParameterizedTest
    @EnumSource
    void everyReduction_isRightInEveryTypeOfTheNetwork(ReductionOp op) throws Exception {
        HostDevices devices = two(64 << 20);
        List<Object> got = all(devices, 2, 1, (p, bench) -> {
            List<TransferTiming> out = new ArrayList<>();
            for (ElementType type : bench.types()) {
                for (TransferKind kind : List.of(TransferKind.ALL_REDUCE, TransferKind.REDUCE_SCATTER)) {
                    out.add(bench.time(
                            new TransferCall(kind, type, 1_003, 2, false, 0, 1, op, true), CancellationToken.none()));
                }
            }
            return out;
        });
        assertThat(got).containsOnly(got.getFirst());
        assertThat((List<?>) got.getFirst())
                .hasSize(2 * (ElementType.values().length - 1))
                .allSatisfy(t -> assertThat(t)
                        .isInstanceOfSatisfying(
                                TransferTiming.Measured.class,
                                m -> assertThat(m.wrong()).hasValue(0)));
    }

    private static HostDevices two(long memory) {
        return new HostDevices(2, true, NumberFormats.of(DataType.FP32), memory, 3);
    }

    private static TransferCall call(ElementType type, long count, int ranks) {
        return new TransferCall(TransferKind.ALL_REDUCE, type, count, ranks, true, 0, 1, false);
    }

    @Test
    void whatDoesNotFit_isRefusedByAll() throws Exception {
        assertThat(all(
                        two(1 << 20),
                        2,
                        1,
                        (p, bench) -> bench.time(call(ElementType.FLOAT, 1 << 20, 2), CancellationToken.none())))
                .hasSize(2)
                .hasOnlyElementsOfType(TransferTiming.Refused.class);
    }

    @Test
    void aTypeThatDevicesDoNotHave_isRefusedByAll() throws Exception {
        assertThat(all(
                        two(1 << 20),
                        2,
                        1,
                        (p, bench) -> bench.time(call(ElementType.DOUBLE, 8, 2), CancellationToken.none())))
                .hasSize(2)
                .hasOnlyElementsOfType(TransferTiming.Refused.class);
    }

    @Test
    void moreRanksThanThereAre_areRefused() throws Exception {
        assertThat(all(
                        two(1 << 20),
                        2,
                        1,
                        (p, bench) -> failure(bench, call(ElementType.FLOAT, 8, 3), CancellationToken.none())))
                .hasSize(2)
                .allSatisfy(e -> assertThat((Throwable) e)
                        .isInstanceOf(UnsupportedPlanException.class)
                        .hasMessageContaining("3 ranks"));
    }

    @Test
    void oneCancelledProcess_cancelsAll() throws Exception {
        CancellationToken cancelled = CancellationToken.create();
        cancelled.cancel();
        assertThat(all(
                        two(1 << 20),
                        2,
                        1,
                        (p, bench) -> failure(
                                bench, call(ElementType.FLOAT, 8, 2), p == 1 ? cancelled : CancellationToken.none())))
                .hasSize(2)
                .hasOnlyElementsOfType(ExecutionCancelledException.class);
    }

    /** More calls than anybody waits for; the group has one rank less than there are, whose process waits too. */
    @Test
    void oneProcessCancelledAmidCalls_cancelsAllAndBreaksNothing() throws Exception {
        HostDevices devices = new HostDevices(3, true, NumberFormats.of(DataType.FP32), 1 << 20, 3);
        TransferCall endless =
                new TransferCall(TransferKind.ALL_REDUCE, ElementType.FLOAT, 8, 2, true, 0, 1_000_000, false);
        List<Object> got = all(devices, 3, 1, (p, bench) -> {
            CancellationToken token = CancellationToken.create();
            if (p == 1) {
                Thread.ofVirtual().start(() -> {
                    LockSupport.parkNanos(50_000_000);
                    token.cancel();
                });
            }
            try {
                bench.time(endless, token);
                return "all calls were made";
            } catch (ExecutionCancelledException e) {
                return bench.time(call(ElementType.FLOAT, 8, 3), CancellationToken.none());
            }
        });
        assertThat(got).containsOnly(got.getFirst()).first().isInstanceOf(TransferTiming.Measured.class);
        assertThat(devices.buffers()).isZero();
    }

    @Test
    void places_areThoseOfAllProcesses() throws Exception {
        List<Object> places = all(two(1 << 20), 2, 1, (p, bench) -> bench.places(2));
        assertThat(places).containsOnly(places.getFirst());
        assertThat((List<?>) places.getFirst())
                .extracting(place -> ((RankPlace) place).device())
                .containsExactly(0, 1);
    }
}
