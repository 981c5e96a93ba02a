package dev.kneepoint.backend.nccl;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.IntFunction;

/** Ranks as threads of this process, for tests that need no process to die. */
final class Ranks {
    static final byte[] ID = {3, 1, 4, 1, 5};

    private static final long PATIENCE_SECONDS = 60;

    private Ranks() {}

    static LaunchEnvironment launch(int rank, int size, int port) {
        return new LaunchEnvironment(
                Launcher.OPTIONS,
                rank,
                size,
                rank,
                OptionalInt.of(size),
                Optional.of("127.0.0.1"),
                port,
                Optional.empty());
    }

    static LaunchEnvironment ofRun(LaunchEnvironment launch, String runId) {
        return new LaunchEnvironment(
                launch.launcher(),
                launch.rank(),
                launch.size(),
                launch.localRank(),
                launch.localSize(),
                launch.masterHost(),
                launch.masterPort(),
                Optional.of(runId));
    }

    static RendezvousSettings settings(Duration deadline) {
        return settings(deadline, Map.of());
    }

    static RendezvousSettings settings(Duration deadline, Map<String, String> environment) {
        return new RendezvousSettings(
                Optional.empty(),
                Optional.empty(),
                SharedToken.of(environment),
                deadline,
                Duration.ofMillis(200),
                Duration.ofSeconds(20));
    }

    static Hello hello(LaunchEnvironment launch) {
        return Hello.here(launch, List.of(new Hello.Device("GPU-" + launch.rank(), "0000:0" + launch.rank())));
    }

    static Hello withVersion(Hello hello, String version) {
        return new Hello(
                hello.rank(),
                hello.size(),
                version,
                hello.host(),
                hello.pid(),
                hello.devices(),
                hello.runId(),
                UUID.randomUUID());
    }

    static Membership join(LaunchEnvironment launch, RendezvousSettings settings) {
        return Rendezvous.join(launch, settings, hello(launch), () -> ID);
    }

    static CompletableFuture<Membership> joining(LaunchEnvironment launch, RendezvousSettings settings) {
        return start(() -> join(launch, settings));
    }

    /** Joins all ranks of a run; the caller closes them. */
    static List<Membership> all(int size, RendezvousSettings settings) {
        int port = LocalPort.free();
        return each(size, rank -> join(launch(rank, size, port), settings));
    }

    /** Has every rank do something at the same time. */
    static <T> List<T> each(int size, IntFunction<T> task) {
        List<CompletableFuture<T>> futures = new ArrayList<>();
        for (int i = 0; i < size; i++) {
            int rank = i;
            futures.add(start(() -> task.apply(rank)));
        }
        return futures.stream().map(Ranks::get).toList();
    }

    static <T> T get(CompletableFuture<T> future) {
        try {
            return future.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof RuntimeException failed) {
                throw failed;
            }
            throw new AssertionError(e.getCause());
        } catch (InterruptedException | TimeoutException e) {
            throw new AssertionError(e);
        }
    }

    /** What a rank failed with. */
    static String problem(CompletableFuture<Membership> rank) {
        try {
            get(rank).close();
        } catch (RendezvousException e) {
            return String.valueOf(e.getMessage());
        }
        throw new AssertionError("it did not fail");
    }

    private static <T> CompletableFuture<T> start(java.util.function.Supplier<T> task) {
        CompletableFuture<T> future = new CompletableFuture<>();
        Thread.ofPlatform().daemon().name("rank").start(() -> {
            try {
                future.complete(task.get());
            } catch (Throwable e) {
                future.completeExceptionally(e);
            }
        });
        return future;
    }
}
