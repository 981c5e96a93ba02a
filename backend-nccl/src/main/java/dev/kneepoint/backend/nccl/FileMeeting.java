package dev.kneepoint.backend.nccl;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.Supplier;

/**
 * How processes meet in a folder. Each leaves a hello; rank 0 answers all by a world, which names the very starts of
 * processes that it is for; each acknowledges it; and when all have, rank 0 lets them go. So nothing that an earlier run
 * left behind is taken for this run's. Confined to one thread.
 */
final class FileMeeting {
    private static final Duration FAREWELL = Duration.ofSeconds(1);

    private final RunFolder folder;
    private final Hello hello;
    private final RendezvousSettings settings;
    private final Polling polling;
    private final Gathering gathering;

    FileMeeting(RunFolder folder, Hello hello, RendezvousSettings settings) {
        this.folder = folder;
        this.hello = hello;
        this.settings = settings;
        polling = new Polling(settings.deadline());
        gathering = new Gathering(hello);
    }

    /** Rank 0's side. */
    Membership host(Supplier<byte[]> uniqueId) {
        folder.deleteAll();
        try {
            sayHello();
            gather();
            byte[] id = uniqueId.get();
            FileWorld.Named named = agreeOnWorld(id);
            folder.write(FileWorld.GO, FileWorld.bytes(List.of(named.id())));
            return member(named);
        } catch (RuntimeException e) {
            tellAll(
                    e instanceof RendezvousException
                            ? String.valueOf(e.getMessage())
                            : "rank 0 (" + hello.where() + ") gave up: " + e.getMessage());
            folder.deleteAll();
            throw e;
        }
    }

    /** Every other rank's side. */
    Membership join() {
        try {
            sayHello();
            return member(waitForWorld());
        } finally {
            leave();
        }
    }

    /** Takes away what is this process's own, and not what another has put in its place. */
    private void leave() {
        folder.read(FileWorld.hello(hello.rank()))
                .flatMap(FileWorld::hello)
                .filter(h -> h.instance().equals(hello.instance()))
                .ifPresent(h -> folder.delete(FileWorld.hello(hello.rank())));
        folder.delete(FileWorld.ack(hello.rank()));
    }

    private FileWorld.Named waitForWorld() {
        Optional<FileWorld.Named> mine = Optional.empty();
        while (polling.again()) {
            checkHello();
            checkFailure();
            Optional<FileWorld.Named> now = folder.read(FileWorld.WORLD)
                    .flatMap(FileWorld::named)
                    .filter(w -> w.world().members().contains(hello));
            if (now.isPresent() && !now.equals(mine)) {
                mine = now;
                folder.write(
                        FileWorld.ack(hello.rank()), acknowledgement(now.get().id(), hello));
            }
            if (now.isPresent() && lets(now.get())) {
                return now.get();
            }
        }
        throw new RendezvousException("rank " + hello.rank() + " was not let go by rank 0 within " + settings.deadline()
                + " at " + folder.where() + "; rank 0 has to run and to see the same folder" + folder.oddities());
    }

    private Membership member(FileWorld.Named named) {
        World world = named.world();
        return new Membership(
                hello.rank(),
                world.uniqueId(),
                world.members(),
                new FileControl(folder, hello.rank(), world.members().size()));
    }

    private boolean lets(FileWorld.Named world) {
        byte[] go = FileWorld.bytes(List.of(world.id()));
        return folder.read(FileWorld.GO).filter(g -> Arrays.equals(g, go)).isPresent();
    }

    private static byte[] acknowledgement(UUID world, Hello hello) {
        return FileWorld.bytes(List.of(world, hello.instance()));
    }

    private void sayHello() {
        folder.write(FileWorld.hello(hello.rank()), hello.toBytes());
    }

    /** Rank 0 sweeps the folder when it comes, and may sweep this away; whoever else takes its place has its number. */
    private void checkHello() {
        Optional<Hello> there = folder.read(FileWorld.hello(hello.rank())).flatMap(FileWorld::hello);
        if (there.isEmpty()) {
            sayHello();
        } else if (!there.get().instance().equals(hello.instance())) {
            throw failed(gathering.misfit(there.get()).orElse("another process has rank " + hello.rank()));
        }
    }

    private void checkFailure() {
        folder.read(FileWorld.FAILED)
                .flatMap(FileWorld::failed)
                .filter(f -> f.to().contains(hello.instance()))
                .ifPresent(f -> {
                    throw new RendezvousException(f.text());
                });
    }

    private RendezvousException failed(String why) {
        leave();
        tellAll(why);
        return new RendezvousException(why);
    }

    /** Tells all whose hello is there or comes within a second, unless they have gone before. */
    private void tellAll(String why) {
        Polling farewell = new Polling(FAREWELL);
        Set<UUID> others;
        do {
            others = others();
            Optional<FileWorld.Failed> known = folder.read(FileWorld.FAILED).flatMap(FileWorld::failed);
            Set<UUID> all = new HashSet<>(others);
            known.ifPresent(k -> all.addAll(k.to()));
            if (all.size() > known.map(k -> k.to().size()).orElse(0)) {
                try {
                    folder.write(FileWorld.FAILED, FileWorld.bytes(new FileWorld.Failed(List.copyOf(all), why)));
                } catch (RendezvousException e) {
                    // They find out by their deadlines.
                    return;
                }
            }
        } while (!others.isEmpty() && farewell.again());
    }

    private Set<UUID> others() {
        Set<UUID> others = new HashSet<>();
        for (int rank = 0; rank < hello.size(); rank++) {
            folder.read(FileWorld.hello(rank))
                    .flatMap(FileWorld::hello)
                    .filter(h -> !h.instance().equals(hello.instance()))
                    .ifPresent(h -> others.add(h.instance()));
        }
        return others;
    }

    private void gather() {
        while (!gathering.isComplete()) {
            if (!polling.again()) {
                throw new RendezvousException("not all processes came to " + folder.where() + " within "
                        + settings.deadline() + "; " + gathering.roster() + folder.oddities());
            }
            checkHello();
            checkFailure();
            for (int rank = 1; rank < hello.size(); rank++) {
                if (!gathering.there().containsKey(rank)) {
                    look(rank);
                }
            }
        }
    }

    private Optional<Hello> look(int rank) {
        Optional<Hello> there = folder.read(FileWorld.hello(rank)).flatMap(FileWorld::hello);
        there.ifPresent(h -> {
            gathering.misfit(h).ifPresent(m -> {
                throw new RendezvousException(m);
            });
            gathering.add(h);
        });
        return there;
    }

    /** Offers a world until all whom it names have taken it. */
    private FileWorld.Named agreeOnWorld(byte[] id) {
        FileWorld.Named named = offer(id);
        while (polling.again()) {
            checkHello();
            checkFailure();
            List<Integer> open = new ArrayList<>();
            boolean stale = false;
            for (int rank = 1; rank < hello.size(); rank++) {
                Hello member = named.world().members().get(rank);
                byte[] expected = acknowledgement(named.id(), member);
                if (folder.read(FileWorld.ack(rank))
                        .filter(a -> Arrays.equals(a, expected))
                        .isEmpty()) {
                    open.add(rank);
                    stale |= replaced(rank, member);
                }
            }
            if (open.isEmpty()) {
                return named;
            }
            named = stale ? offer(id) : named;
        }
        throw new RendezvousException("not all processes answered at " + folder.where() + " within "
                + settings.deadline() + "; " + gathering.roster());
    }

    private FileWorld.Named offer(byte[] id) {
        List<Hello> members = List.copyOf(gathering.there().values());
        FileWorld.Named named = new FileWorld.Named(UUID.randomUUID(), new World(id, members));
        folder.write(FileWorld.WORLD, FileWorld.bytes(named));
        return named;
    }

    /** Whether what was read first was an earlier run's, over which the right process has written since. */
    private boolean replaced(int rank, Hello member) {
        Optional<Hello> there = folder.read(FileWorld.hello(rank)).flatMap(FileWorld::hello);
        if (there.isEmpty() || there.get().instance().equals(member.instance())) {
            return false;
        }
        gathering.remove(rank);
        return look(rank).isPresent();
    }
}
