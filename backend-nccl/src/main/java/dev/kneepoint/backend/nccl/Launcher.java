package dev.kneepoint.backend.nccl;

import java.util.List;
import java.util.stream.Stream;

/**
 * Who started the processes of a run, in the order in which one is believed before another: what is said by hand before a
 * launcher, and a launcher before the one that it was started under.
 */
enum Launcher {
    /** The backend's options. */
    OPTIONS("the command", "nccl.rank", "nccl.world-size", "nccl.local-rank", "nccl.local-size"),
    /** torchrun, and whatever sets the same variables. */
    TORCHRUN("torchrun", "RANK", "WORLD_SIZE", "LOCAL_RANK", "LOCAL_WORLD_SIZE"),
    /** mpirun of Open MPI. */
    OPEN_MPI(
            "Open MPI",
            "OMPI_COMM_WORLD_RANK",
            "OMPI_COMM_WORLD_SIZE",
            "OMPI_COMM_WORLD_LOCAL_RANK",
            "OMPI_COMM_WORLD_LOCAL_SIZE"),
    /** mpiexec of MPICH, Intel MPI and others with Hydra. */
    HYDRA("MPICH/Hydra", "PMI_RANK", "PMI_SIZE", "MPI_LOCALRANKID", "MPI_LOCALNRANKS"),
    /** srun. */
    SLURM("Slurm", "SLURM_PROCID", "SLURM_NTASKS", "SLURM_LOCALID", "SLURM_NTASKS_PER_NODE"),
    /** Anything with PMIx, which tells only the rank by a variable. */
    PMIX("PMIx", "PMIX_RANK", "", "", ""),
    /** Nobody: one process. */
    NONE("no launcher", "", "", "", "");

    private final String text;
    private final String rank;
    private final String size;
    private final String localRank;
    private final String localSize;

    Launcher(String text, String rank, String size, String localRank, String localSize) {
        this.text = text;
        this.rank = rank;
        this.size = size;
        this.localRank = localRank;
        this.localSize = localSize;
    }

    /** Its name, for messages. */
    String text() {
        return text;
    }

    /** What holds the rank; empty if nothing does. */
    String rank() {
        return rank;
    }

    /** What holds the number of processes; empty if nothing does. */
    String size() {
        return size;
    }

    /** What holds the rank among the host's processes; empty if nothing does. */
    String localRank() {
        return localRank;
    }

    /** What holds the number of the host's processes; empty if nothing does. */
    String localSize() {
        return localSize;
    }

    /** All that it sets, of which some may be missing. */
    List<String> variables() {
        return Stream.of(rank, size, localRank, localSize)
                .filter(name -> !name.isEmpty())
                .toList();
    }

    /** What tells that it is there: a Slurm allocation has all but the rank, without having started anything. */
    List<String> signs() {
        return switch (this) {
            case SLURM -> List.of(rank);
            case OPTIONS -> List.of(rank);
            case TORCHRUN, OPEN_MPI, HYDRA, PMIX, NONE ->
                Stream.of(rank, size).filter(name -> !name.isEmpty()).toList();
        };
    }
}
