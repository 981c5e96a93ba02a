package dev.kneepoint.backend.nccl;

import dev.kneepoint.backend.cuda.CudaDouble;
import dev.kneepoint.backend.cuda.DoubleConfig;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.Arrays;
import java.util.Random;
import java.util.stream.IntStream;

/**
 * A rank in a process of its own, which has all GPUs of the host and takes the one of its number. Says "right" when its
 * results are, or what ended it.
 */
final class RankProgram {
    private static final int COUNT = 300_007;

    private RankProgram() {}

    /** Called with a rank, a size, the id's file, and "die" where the last rank is to be killed in a collective. */
    public static void main(String[] args) throws Exception {
        int rank = Integer.parseInt(args[0]);
        int size = Integer.parseInt(args[1]);
        Path idFile = Path.of(args[2]);
        NcclLibrary library =
                NcclLibrary.open(NcclDoubleBuild.library().toString()).found().orElseThrow();
        CudaDouble.reset(DoubleConfig.of(size));
        NcclUniqueId id = rank == 0 ? publish(library.uniqueId(), idFile) : await(idFile);
        try (TestRank device = TestRank.open(rank)) {
            NcclComm comm = NcclComm.init(library, id, size, rank, NcclPatience.of(Duration.ofSeconds(60)));
            if (args.length > 3) {
                endure(device, comm);
            } else {
                check(library, device, comm);
                comm.close();
            }
        }
    }

    private static NcclUniqueId publish(NcclUniqueId id, Path file) throws IOException {
        Path part = file.resolveSibling("part");
        Files.write(part, id.bytes());
        Files.move(part, file, StandardCopyOption.ATOMIC_MOVE);
        return id;
    }

    private static NcclUniqueId await(Path file) throws Exception {
        while (!Files.exists(file)) {
            Thread.sleep(5);
        }
        return NcclUniqueId.of(Files.readAllBytes(file));
    }

    private static float[] numbers(int rank) {
        Random random = new Random(rank);
        float[] out = new float[COUNT];
        for (int i = 0; i < COUNT; i++) {
            out[i] = random.nextInt(-1000, 1000) / 8f;
        }
        return out;
    }

    private static void check(NcclLibrary library, TestRank device, NcclComm comm) {
        int size = comm.size();
        double[] sum = new double[COUNT];
        for (int r = 0; r < size; r++) {
            float[] other = numbers(r);
            Arrays.setAll(sum, i -> sum[i] + other[i]);
        }
        float[] own = numbers(comm.rank());
        long memory = device.upload(Elements.encode(
                NcclType.FLOAT32,
                IntStream.range(0, COUNT).mapToDouble(i -> own[i]).toArray()));
        comm.allReduce(memory, memory, COUNT, NcclType.FLOAT32, NcclOp.SUM, device.stream());
        require(Arrays.equals(Elements.decode(NcclType.FLOAT32, device.download(memory, 4 * COUNT)), sum), "sums");
        long ring = device.upload(Elements.encode(NcclType.INT64, comm.rank(), -1));
        try (NcclGroup group = library.group()) {
            comm.send(ring, 1, NcclType.INT64, (comm.rank() + 1) % size, device.stream());
            comm.recv(ring + 8, 1, NcclType.INT64, (comm.rank() + size - 1) % size, device.stream());
        }
        double[] left = Elements.decode(NcclType.INT64, device.download(ring, 16));
        require(left[1] == (comm.rank() + size - 1) % size, "messages");
        try (NcclComm part = comm.split(comm.rank() % 2, 0)) {
            long one = device.upload(Elements.encode(NcclType.INT32, 1));
            part.allReduce(one, one, 1, NcclType.INT32, NcclOp.SUM, device.stream());
            require(Elements.decode(NcclType.INT32, device.download(one, 4))[0] == part.size(), "parts");
        }
        say("right");
    }

    /** Makes collectives until one of the others is no more. */
    private static void endure(TestRank device, NcclComm comm) throws InterruptedException {
        long memory = device.upload(Elements.encode(NcclType.FLOAT32, 1));
        comm.allReduce(memory, memory, 1, NcclType.FLOAT32, NcclOp.SUM, device.stream());
        device.synchronize();
        say("begun");
        if (comm.rank() == comm.size() - 1) {
            Thread.sleep(600_000);
        }
        comm.allReduce(memory, memory, 1, NcclType.FLOAT32, NcclOp.SUM, device.stream());
        while (comm.asyncError().isEmpty()) {
            require(!device.isDone(), "a collective without all of its ranks");
            Thread.sleep(5);
        }
        say(comm.asyncError().orElseThrow().getMessage());
        comm.abort();
        device.synchronize();
    }

    private static void require(boolean right, String what) {
        if (!right) {
            throw new AssertionError("wrong: " + what);
        }
    }

    private static void say(String line) {
        byte[] bytes = (line + "\n").getBytes(StandardCharsets.UTF_8);
        System.out.write(bytes, 0, bytes.length);
        System.out.flush();
    }
}
