package dev.kneepoint.backend.nccl;

import com.google.common.primitives.ImmutableIntArray;
import dev.kneepoint.backend.cuda.CudaHost;
import dev.kneepoint.backend.engine.Cleanup;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * The communicators of this process's ranks. Made and split by one thread at a time; errors are looked for and communicators
 * aborted by any.
 */
final class NcclConnection implements AutoCloseable {
    /** Most sets of groups that are kept: each communicator takes memory of its device. */
    private static final int MOST_KEPT = 64;

    private static final String PROCESSES = "processes";

    /** A communicator, whose it is and what for. */
    private record Member(NcclComm comm, int rank, String name) {}

    private record Key(String name, ImmutableIntArray colours) {}

    private final NcclLibrary library;
    private final CudaHost host;
    private final NcclPatience patience;
    private final List<Integer> local;
    private final int size;
    private final NcclFailure failure;
    private final List<Scratch> scratches = new ArrayList<>();
    private final List<NcclComm> world = new ArrayList<>();
    private final List<Member> all = new CopyOnWriteArrayList<>();
    private final Map<Key, Map<Integer, NcclRankGroup>> groups = new LinkedHashMap<>(16, 0.75f, true);
    private Map<Integer, NcclRankGroup> leader = Map.of();

    NcclConnection(
            NcclLibrary library, CudaHost host, Duration patience, List<Integer> local, int size, NcclFailure failure) {
        this.library = library;
        this.host = host;
        this.patience = new NcclPatience(patience, failure::look);
        this.local = local;
        this.size = size;
        this.failure = failure;
        for (int place = 0; place < local.size(); place++) {
            scratches.add(new Scratch(host.devices().device(place), this.patience, failure.hearsOfOthers()));
        }
    }

    /**
     * Connects the ranks.
     *
     * @param leaders the lowest rank of every process
     */
    void open(NcclUniqueId id, List<Integer> leaders) {
        failure.ask(this::lookForErrors);
        try (NcclGroup group = library.group()) {
            for (int place = 0; place < local.size(); place++) {
                host.enter(place);
                NcclComm comm = NcclComm.init(library, id, size, local.get(place), patience);
                world.add(comm);
                all.add(new Member(comm, local.get(place), "all processes"));
            }
        }
        int[] colours = new int[size];
        Arrays.fill(colours, -1);
        leaders.forEach(rank -> colours[rank] = 0);
        if (leaders.size() > 1) {
            leader = split(PROCESSES, colours);
        }
    }

    /** The groups of this process's ranks, by rank. */
    Map<Integer, NcclRankGroup> split(String name, int[] colours) {
        Key key = new Key(name, ImmutableIntArray.copyOf(colours));
        Map<Integer, NcclRankGroup> known = groups.get(key);
        if (known != null) {
            return known;
        }
        makeRoom();
        Map<Integer, NcclComm> made = new TreeMap<>();
        try (NcclGroup group = library.group()) {
            for (int place = 0; place < local.size(); place++) {
                int rank = local.get(place);
                host.enter(place);
                if (colours[rank] < 0) {
                    world.get(place).skipSplit();
                } else {
                    NcclComm comm = world.get(place).split(colours[rank], rank);
                    made.put(rank, comm);
                    all.add(new Member(comm, rank, name));
                }
            }
        }
        Map<Integer, NcclRankGroup> out = new TreeMap<>();
        made.forEach((rank, comm) -> {
            Scratch scratch = scratches.get(local.indexOf(rank));
            out.put(rank, new NcclRankGroup(name, rank, comm, library, scratch, failure.of(rank)));
        });
        groups.put(key, out);
        return out;
    }

    /** Every process splits the same, so that all give up the same. */
    private void makeRoom() {
        Iterator<Map.Entry<Key, Map<Integer, NcclRankGroup>>> oldest =
                groups.entrySet().iterator();
        while (groups.size() >= MOST_KEPT && oldest.hasNext()) {
            Map.Entry<Key, Map<Integer, NcclRankGroup>> entry = oldest.next();
            if (entry.getKey().name().equals(PROCESSES)) {
                continue;
            }
            List<NcclComm> gone =
                    entry.getValue().values().stream().map(NcclRankGroup::comm).toList();
            oldest.remove();
            all.removeIf(member -> gone.contains(member.comm()));
            NcclComm.closeAll(gone);
        }
    }

    /** Gives bytes to all processes. */
    List<byte[]> exchange(byte[] mine, boolean patient) {
        return leader.values().iterator().next().gather(mine, patient);
    }

    /** Finds out about collectives that have failed behind the calls. */
    void lookForErrors() {
        for (Member member : all) {
            if (failure.isKnown()) {
                return;
            }
            try {
                member.comm()
                        .asyncError()
                        .ifPresent(e -> failure.raise(failure.located(e, member.rank(), member.name())));
            } catch (NcclException | IllegalStateException e) {
                // Closed or aborted meanwhile: whoever did it knows why.
                return;
            }
        }
    }

    /** Ends everything by force. */
    void abort() {
        try (Cleanup cleanup = new Cleanup()) {
            // What was split goes before what it was split from.
            for (Member member : new ArrayList<>(all).reversed()) {
                cleanup.then(member.comm()::abort);
            }
        } finally {
            failure.aborted();
        }
    }

    /** Ends everything in good order, together with the other processes. */
    @Override
    public void close() {
        List<List<NcclComm>> sets = new ArrayList<>();
        groups.values()
                .forEach(set ->
                        sets.add(set.values().stream().map(NcclRankGroup::comm).toList()));
        try (Cleanup cleanup = new Cleanup()) {
            sets.reversed().forEach(set -> cleanup.then(() -> NcclComm.closeAll(set)));
            cleanup.then(() -> NcclComm.closeAll(world));
        }
        all.clear();
        failure.ask(() -> {});
    }

    /** Gives back what is not NCCL's. */
    void release() {
        try (Cleanup cleanup = new Cleanup()) {
            scratches.forEach(s -> cleanup.then(s::close));
        }
    }
}
