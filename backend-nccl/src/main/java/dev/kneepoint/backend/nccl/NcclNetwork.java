package dev.kneepoint.backend.nccl;

import dev.kneepoint.backend.cuda.CudaHost;
import dev.kneepoint.backend.engine.Cleanup;
import dev.kneepoint.backend.engine.DataType;
import dev.kneepoint.backend.engine.RankGroup;
import dev.kneepoint.backend.engine.RankNetwork;
import dev.kneepoint.spi.BackendException;
import dev.kneepoint.spi.ReductionOp;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The ranks of all processes of a run, whose devices NCCL connects. Communicators are made when first used, and kept. Once
 * something has failed nothing works any more, but for a process that has all ranks: that one starts anew.
 */
final class NcclNetwork implements RankNetwork, AutoCloseable {
    private static final int FP8_CAPABILITY = 90;

    private final NcclLibrary library;
    private final Membership membership;
    private final CudaHost host;
    private final Duration patience;
    private final NcclFailure failure;
    private final List<Integer> local;
    private final int size;
    private Optional<NcclConnection> connection = Optional.empty();

    /**
     * A network; closing it closes neither the membership nor the devices.
     *
     * @param local ranks of this process
     * @param patience longest wait for other ranks
     */
    NcclNetwork(
            NcclLibrary library,
            Membership membership,
            CudaHost host,
            List<Integer> local,
            Duration patience,
            NcclFailure failure) {
        this.library = library;
        this.membership = membership;
        this.host = host;
        this.failure = failure;
        this.patience = patience;
        this.size = membership.devices();
        this.local = List.copyOf(local);
    }

    @Override
    public int size() {
        return size;
    }

    @Override
    public List<Integer> local() {
        return local;
    }

    /** The lowest rank of every process. */
    private List<Integer> leaders() {
        List<Integer> out = new ArrayList<>();
        for (int process = 0; process < membership.size(); process++) {
            out.add(membership.devicesBefore(process));
        }
        return out;
    }

    private NcclConnection connection() {
        if (failure.isKnown()) {
            if (membership.size() > 1) {
                throw failure.again();
            }
            close();
            failure.forget();
        }
        if (connection.isEmpty()) {
            NcclUniqueId id = membership.size() == 1 ? library.uniqueId() : NcclUniqueId.of(membership.uniqueId());
            NcclConnection made = new NcclConnection(library, host, patience, local, size, failure);
            connection = Optional.of(made);
            made.open(id, leaders());
        }
        return connection.get();
    }

    /** All that NCCL has; it reduces elements of eight bits of floating point on compute capability 9.0 and newer. */
    @Override
    public Reductions reductions() {
        Set<DataType> types = EnumSet.allOf(DataType.class);
        if (!library.has(NcclFeature.FP8) || host.lowestCapability() < FP8_CAPABILITY) {
            types.removeAll(EnumSet.of(DataType.E4M3, DataType.E5M2));
        }
        return new Reductions(types, EnumSet.allOf(ReductionOp.class));
    }

    @Override
    public List<byte[]> exchange(byte[] mine, boolean patient) {
        NcclConnection now = connection();
        return membership.size() == 1 ? List.of(mine) : now.exchange(mine, patient);
    }

    @Override
    public Map<Integer, RankGroup> split(String name, int[] colours) {
        return new HashMap<>(connection().split(name, colours));
    }

    @Override
    public Optional<BackendException> failure() {
        connection.ifPresent(NcclConnection::lookForErrors);
        return failure.known();
    }

    @Override
    public void abort(BackendException why) {
        failure.raise(why);
        connection.ifPresent(NcclConnection::abort);
    }

    @Override
    public void close() {
        try (Cleanup cleanup = new Cleanup()) {
            connection.ifPresent(c -> cleanup.then(failure.isKnown() ? c::abort : c::close));
            connection.ifPresent(c -> cleanup.then(c::release));
        }
        connection = Optional.empty();
    }
}
