package dev.kneepoint.backend.nccl;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.Random;
import java.util.concurrent.CyclicBarrier;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Ranks as threads on the double: every collective, to the last rank and element, against double precision. */
@RequiresGcc
class NcclCollectivesTest extends OnNcclDouble {
    private static final int[] COUNTS = {0, 1, 7, 500, 501};

    private void start(int size) {
        start(size, "version 23007");
    }

    @AfterEach
    void nothingIsWrong() {
        assertThat(nccl.violations()).isEmpty();
    }

    static Stream<Arguments> sizesAndTypes() {
        return IntStream.of(1, 2, 4, 8)
                .boxed()
                .flatMap(n -> Arrays.stream(NcclType.values()).map(t -> Arguments.of(n, t)));
    }

    /** Numbers that every type has. */
    private static double[] random(NcclType type, int count, long seed) {
        Random random = new Random(seed);
        return Elements.isInteger(type)
                ? random.ints(count, 0, 4).asDoubleStream().toArray()
                : random.ints(count, -8, 9).mapToDouble(i -> i / 4.0).toArray();
    }

    private static double reduced(NcclType type, NcclOp op, double[][] inputs, int at) {
        double out = inputs[0][at];
        for (int r = 1; r < inputs.length; r++) {
            double next = inputs[r][at];
            out = switch (op) {
                case SUM, AVG -> out + next;
                case PROD -> out * next;
                case MAX -> Math.max(out, next);
                case MIN -> Math.min(out, next);
            };
        }
        if (!Elements.isInteger(type)) {
            return op == NcclOp.AVG ? out / inputs.length : out;
        }
        double wrapped = Elements.wrapped(type, (long) out);
        return op == NcclOp.AVG ? (long) wrapped / inputs.length : wrapped;
    }

    /** Single precision sums exactly what it sums here, and is rounded once more. */
    private static void close(NcclType type, double actual, double expected, int at) {
        if (!(Math.abs(actual - expected) <= Elements.rounding(type, expected))) {
            throw new AssertionError("element " + at + " is " + actual + ", not " + expected);
        }
    }

    private static double[][] inputs(NcclType type, int size, int count, long seed) {
        return IntStream.range(0, size)
                .mapToObj(r -> random(type, count, seed * 100 + r))
                .toArray(double[][]::new);
    }

    @ParameterizedTest
    @MethodSource("sizesAndTypes")
    void allReduce_isRightEverywhere(int size, NcclType type) throws Exception {
        start(size);
        TestWorld.run(nccl, size, (device, comm) -> {
            for (int count : COUNTS) {
                for (NcclOp op : NcclOp.values()) {
                    double[][] inputs = inputs(type, size, count, count + 7L * op.ordinal());
                    long from = device.upload(Elements.encode(type, inputs[comm.rank()]));
                    long to = (count & 1) == 0 ? from : device.allocate((long) count * type.bytes());
                    comm.allReduce(from, to, count, type, op, device.stream());
                    double[] out = Elements.decode(type, device.download(to, count * type.bytes()));
                    for (int i = 0; i < count; i++) {
                        close(type, out[i], reduced(type, op, inputs, i), i);
                    }
                }
            }
        });
    }

    @ParameterizedTest
    @MethodSource("sizesAndTypes")
    void reduceAndBroadcast_areRightAtEveryRoot(int size, NcclType type) throws Exception {
        start(size);
        int count = 333;
        double[][] inputs = inputs(type, size, count, 5);
        TestWorld.run(nccl, size, (device, comm) -> {
            for (int root = 0; root < size; root++) {
                long from = device.upload(Elements.encode(type, inputs[comm.rank()]));
                long to = comm.rank() == root ? device.allocate((long) count * type.bytes()) : 0;
                comm.reduce(from, to, count, type, NcclOp.SUM, root, device.stream());
                if (comm.rank() == root) {
                    double[] out = Elements.decode(type, device.download(to, count * type.bytes()));
                    for (int i = 0; i < count; i++) {
                        close(type, out[i], reduced(type, NcclOp.SUM, inputs, i), i);
                    }
                }
                comm.broadcast(comm.rank() == root ? from : 0, from, count, type, root, device.stream());
                assertThat(Elements.decode(type, device.download(from, count * type.bytes())))
                        .containsExactly(inputs[root]);
            }
        });
    }

    @ParameterizedTest
    @MethodSource("sizesAndTypes")
    void gatherAndScatter_areRightInPlaceAndNot(int size, NcclType type) throws Exception {
        start(size);
        int count = 129;
        int bytes = count * type.bytes();
        double[][] whole = inputs(type, size, count * size, 9);
        double[] gathered = IntStream.range(0, size)
                .boxed()
                .flatMapToDouble(r -> Arrays.stream(whole[r], 0, count))
                .toArray();
        TestWorld.run(nccl, size, (device, comm) -> {
            int rank = comm.rank();
            byte[] own = Elements.encode(type, Arrays.copyOf(whole[rank], count));
            long all = device.allocate((long) bytes * size);
            comm.allGather(device.upload(own), all, count, type, device.stream());
            assertThat(Elements.decode(type, device.download(all, bytes * size)))
                    .containsExactly(gathered);
            byte[] placed = new byte[bytes * size];
            System.arraycopy(own, 0, placed, rank * bytes, bytes);
            long inPlace = device.upload(placed);
            comm.allGather(inPlace + (long) rank * bytes, inPlace, count, type, device.stream());
            assertThat(Elements.decode(type, device.download(inPlace, bytes * size)))
                    .containsExactly(gathered);
            long from = device.upload(Elements.encode(type, whole[rank]));
            long part = device.allocate(bytes);
            comm.reduceScatter(from, part, count, type, NcclOp.SUM, device.stream());
            check(type, whole, rank * count, Elements.decode(type, device.download(part, bytes)));
            comm.reduceScatter(from, from + (long) rank * bytes, count, type, NcclOp.SUM, device.stream());
            byte[] left = device.download(from, bytes * size);
            check(
                    type,
                    whole,
                    rank * count,
                    Elements.decode(type, Arrays.copyOfRange(left, rank * bytes, (rank + 1) * bytes)));
        });
    }

    private static void check(NcclType type, double[][] whole, int first, double[] actual) {
        for (int i = 0; i < actual.length; i++) {
            close(type, actual[i], reduced(type, NcclOp.SUM, whole, first + i), i);
        }
    }

    /** More than the double moves in one step, and not a multiple of it. */
    @ParameterizedTest
    @ValueSource(ints = {1, 2, 4, 8})
    void largeCollectives_areRight(int size) throws Exception {
        start(size);
        int count = 600_001;
        CyclicBarrier end = new CyclicBarrier(size);
        TestWorld.run(nccl, size, (device, comm) -> {
            float[] own = new float[count];
            for (int i = 0; i < count; i++) {
                own[i] = value(comm.rank(), i);
            }
            byte[] bytes = Elements.encode(
                    NcclType.FLOAT32,
                    IntStream.range(0, count).mapToDouble(i -> own[i]).toArray());
            long from = device.upload(bytes);
            long to = device.allocate(4L * count);
            comm.allReduce(from, to, count, NcclType.FLOAT32, NcclOp.SUM, device.stream());
            double[] out = Elements.decode(NcclType.FLOAT32, device.download(to, 4 * count));
            for (int i = 0; i < count; i++) {
                int at = i;
                double sum =
                        IntStream.range(0, size).mapToDouble(r -> value(r, at)).sum();
                close(NcclType.FLOAT32, out[i], sum, i);
            }
            end.await();
        });
    }

    private static float value(int rank, int at) {
        return (at * 31 + rank * 17) % 1024 - 512;
    }

    /** Sums whose result depends on their order. */
    @ParameterizedTest
    @ValueSource(ints = {2, 4, 8})
    void allRanks_getTheSameBits(int size) throws Exception {
        start(size);
        int count = 5000;
        byte[][] results = new byte[size][];
        TestWorld.run(nccl, size, (device, comm) -> {
            Random random = new Random(comm.rank());
            double[] own = random.doubles(count, -1e6, 1e6).toArray();
            long memory = device.upload(Elements.encode(NcclType.FLOAT32, own));
            comm.allReduce(memory, memory, count, NcclType.FLOAT32, NcclOp.SUM, device.stream());
            results[comm.rank()] = device.download(memory, 4 * count);
        });
        assertThat(Arrays.asList(results)).allSatisfy(r -> assertThat(r).isEqualTo(results[0]));
        assertThat(Elements.decode(NcclType.FLOAT32, results[0])).doesNotContain(0.0);
    }
}
