package dev.kneepoint.backend.cpu;

import dev.kneepoint.spi.BackendException;
import dev.kneepoint.spi.CancellationToken;
import dev.kneepoint.spi.CollectiveBench;
import dev.kneepoint.spi.ElementType;
import dev.kneepoint.spi.ExecutionCancelledException;
import dev.kneepoint.spi.RankPlace;
import dev.kneepoint.spi.ReductionOp;
import dev.kneepoint.spi.TransferCall;
import dev.kneepoint.spi.TransferTiming;
import dev.kneepoint.spi.UnsupportedPlanException;
import dev.kneepoint.units.Bytes;
import dev.kneepoint.units.Checks;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.BooleanSupplier;

/** Times the collectives that plans run, on arrays of its own. Stateless between calls. */
final class CpuBench implements CollectiveBench {
    /** Longest array that every JVM makes. */
    private static final long LONGEST = Integer.MAX_VALUE - 8;

    private static final long LOOK_MILLIS = 10;
    /** Share of the free heap that arrays may take: collectors need room to move large ones. */
    private static final double HEAP_SHARE = 0.8;

    private final MatrixKernel kernel;
    private final BooleanSupplier closed;

    CpuBench(MatrixKernel kernel, BooleanSupplier closed) {
        this.kernel = kernel;
        this.closed = closed;
    }

    @Override
    public Set<ElementType> types() {
        return Set.of(ElementType.FLOAT);
    }

    @Override
    public List<RankPlace> places(int ranks) {
        check(ranks);
        int cores = Runtime.getRuntime().availableProcessors();
        String name = cores + (cores == 1 ? " core, " : " cores, ") + System.getProperty("os.arch");
        return Collections.nCopies(ranks, new RankPlace(0, host(), 0, name));
    }

    private static String host() {
        try {
            return InetAddress.getLocalHost().getHostName();
        } catch (UnknownHostException e) {
            return "localhost";
        }
    }

    private void check(int ranks) {
        if (closed.getAsBoolean()) {
            throw new BackendException("backend cpu is closed; open it again");
        }
        Checks.range("ranks", ranks, 1, Integer.MAX_VALUE);
        if (ranks > CpuBackend.MAX_RANKS) {
            throw new UnsupportedPlanException(
                    ranks + " ranks: backend cpu runs at most " + CpuBackend.MAX_RANKS + ", each a thread");
        }
    }

    @Override
    public TransferTiming time(TransferCall call, CancellationToken cancellation) {
        check(call.ranks());
        cancellation.throwIfCancelled("timing " + call.kind().label());
        Optional<String> problem = problem(call);
        if (problem.isPresent()) {
            return new TransferTiming.Refused(problem.get());
        }
        BenchRanks ranks;
        try {
            ranks = new BenchRanks(kernel, call);
        } catch (OutOfMemoryError e) {
            return new TransferTiming.Refused(tooLarge(call));
        }
        List<Thread> threads = ranks.start();
        boolean interrupted = false;
        for (Thread thread : threads) {
            while (thread.isAlive()) {
                try {
                    thread.join(LOOK_MILLIS);
                } catch (InterruptedException e) {
                    interrupted = true;
                    ranks.stop(new BackendException("interrupted while timing a collective", e));
                }
                if (cancellation.isCancelled()) {
                    ranks.stop(new ExecutionCancelledException(
                            "cancelled while timing " + call.kind().label()));
                }
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
        return new TransferTiming.Measured(
                ranks.seconds(), call.checked() ? OptionalLong.of(ranks.wrong()) : OptionalLong.empty());
    }

    private static Optional<String> problem(TransferCall call) {
        if (call.type() != ElementType.FLOAT) {
            return Optional.of("backend cpu has float only, not " + call.type().label());
        }
        if (call.kind().sums() && call.reduction() != ReductionOp.SUM) {
            return Optional.of(
                    "backend cpu sums only, and has no " + call.reduction().label());
        }
        if (Math.max(call.sent(), call.received()) > LONGEST) {
            return Optional.of(
                    "an array holds at most " + LONGEST + " elements, not " + Math.max(call.sent(), call.received()));
        }
        return need(call) > free() ? Optional.of(tooLarge(call)) : Optional.empty();
    }

    private static long need(TransferCall call) {
        return call.ranks() * Float.BYTES * call.held();
    }

    private static long free() {
        Runtime runtime = Runtime.getRuntime();
        return (long) (HEAP_SHARE * (runtime.maxMemory() - (runtime.totalMemory() - runtime.freeMemory())));
    }

    private static String tooLarge(TransferCall call) {
        return "the arrays of " + call.ranks() + " ranks take " + new Bytes(need(call)) + ", the heap has "
                + new Bytes(free()) + " for them; -Xmx gives it more";
    }
}
