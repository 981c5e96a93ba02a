package dev.kneepoint.backend.nccl;

import com.google.common.net.HostAndPort;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * What this process is in its run, by options of the backend or by the variables that launchers set. The first of
 * {@link Launcher} that says anything holds: options, torchrun, Open MPI, MPICH/Hydra, Slurm, PMIx. A launcher inside
 * another one's allocation is no conflict; two that tell different ranks or sizes of the same processes are.
 *
 * @param launcher who said so
 * @param rank the process's number in the run, from 0
 * @param size how many processes the run has, from 1
 * @param localRank its number among those of its host, from 0; 0 if nobody says
 * @param localSize how many of them its host has; empty if nobody says
 * @param masterHost the name or address of rank 0's host; empty if nobody says and there are several hosts
 * @param masterPort where rank 0 listens, 1 to 65535
 * @param runId what this run has in common that others have not, for example the job's number; empty if nobody says
 */
record LaunchEnvironment(
        Launcher launcher,
        int rank,
        int size,
        int localRank,
        OptionalInt localSize,
        Optional<String> masterHost,
        int masterPort,
        Optional<String> runId) {

    /** Names of the options that are read here, without the backend's name. */
    static final List<String> OPTIONS =
            List.of("rank", "world-size", "local-rank", "local-size", "master", "port", "run-id");

    /** The port if nobody gives one. */
    static final int DEFAULT_PORT = 29_477;

    /** The most processes that a run may have. */
    static final int MOST_PROCESSES = 65_536;

    private static final int LAST_PORT = 65_535;
    private static final int MOST_LOCAL = 4096;
    private static final int LONGEST_RUN_ID = 128;

    /**
     * Reads it.
     *
     * @param environment the process's variables
     * @param options the backend's, by full name; others than these are not looked at
     * @return what this process is; the only one of its run if nobody says anything
     * @throws IllegalArgumentException if something is missing, malformed or contradicts itself; it lists all that was
     *     found, and what would be right
     */
    static LaunchEnvironment of(Map<String, String> environment, Map<String, String> options) {
        LaunchVariables found = new LaunchVariables(environment, options);
        Launcher launcher = Arrays.stream(Launcher.values())
                .filter(l -> isThere(l, found))
                .findFirst()
                .orElse(Launcher.NONE);
        checkAgreement(launcher, found);
        int size = size(launcher, found);
        int rank = launcher == Launcher.NONE ? 0 : required(found, launcher.rank(), 0, size - 1, launcher);
        OptionalInt localSize = localSize(launcher, found, size);
        int localRank = first(
                        found,
                        0,
                        localSize.orElse(MOST_LOCAL) - 1,
                        "nccl.local-rank",
                        launcher.localRank(),
                        otherLocalRank(launcher))
                .orElse(0);
        return new LaunchEnvironment(
                launcher,
                rank,
                size,
                localRank,
                localSize,
                masterHost(launcher, found, size, localSize),
                masterPort(launcher, found),
                runId(found));
    }

    /**
     * Where rank 0 listens.
     *
     * @throws IllegalArgumentException if nobody says on which host
     */
    HostAndPort master() {
        return HostAndPort.fromParts(
                masterHost.orElseThrow(() -> new IllegalArgumentException("the host of rank 0 is not known: "
                        + launcher.text()
                        + " gives " + size + " processes, and no address; set MASTER_ADDR (and MASTER_PORT), or give"
                        + " nccl.master=HOST[:PORT], or nccl.rendezvous=file:FOLDER with a folder that all hosts see")),
                masterPort);
    }

    private static boolean isThere(Launcher launcher, LaunchVariables found) {
        return launcher.signs().stream().anyMatch(name -> found.text(name).isPresent());
    }

    private static int size(Launcher launcher, LaunchVariables found) {
        OptionalInt wanted = found.number(Launcher.OPTIONS.size(), 1, MOST_PROCESSES);
        OptionalInt told = sizeBy(launcher, found);
        if (wanted.isPresent() && told.isPresent() && wanted.getAsInt() != told.getAsInt()) {
            throw found.wrong(
                    "nccl.world-size is not what " + launcher.text() + " says",
                    "give nccl.rank with it, or leave it out");
        }
        if (wanted.isPresent() && launcher == Launcher.NONE && wanted.getAsInt() != 1) {
            throw found.wrong("nccl.world-size is given, and no rank", "give nccl.rank too, or start it by a launcher");
        }
        if (told.isPresent()) {
            return told.getAsInt();
        }
        return wanted.orElseGet(() -> {
            if (launcher == Launcher.NONE) {
                return 1;
            }
            String name = launcher.size();
            throw found.wrong(
                    launcher.text() + " gives a rank, and no number of processes",
                    name.isEmpty()
                            ? "give nccl.world-size"
                            : "set " + name + ", or give nccl.rank and nccl.world-size");
        });
    }

    private static OptionalInt sizeBy(Launcher launcher, LaunchVariables found) {
        return switch (launcher) {
            case SLURM -> first(found, 1, MOST_PROCESSES, "SLURM_STEP_NUM_TASKS", launcher.size());
            case PMIX, NONE -> OptionalInt.empty();
            case OPTIONS, TORCHRUN, OPEN_MPI, HYDRA -> found.number(launcher.size(), 1, MOST_PROCESSES);
        };
    }

    private static int required(LaunchVariables found, String name, int least, int most, Launcher launcher) {
        return found.number(name, least, most)
                .orElseThrow(() -> found.wrong(
                        launcher.text() + " gives a number of processes, and no rank",
                        "set " + name + ", or give nccl.rank and nccl.world-size"));
    }

    private static OptionalInt first(LaunchVariables found, int least, int most, String... names) {
        for (String name : names) {
            if (found.text(name).isPresent()) {
                return found.number(name, least, most);
            }
        }
        return OptionalInt.empty();
    }

    /** Cray's launchers have these beside the names of MPICH. */
    private static String otherLocalRank(Launcher launcher) {
        return launcher == Launcher.HYDRA ? "PMI_LOCAL_RANK" : "";
    }

    private static OptionalInt localSize(Launcher launcher, LaunchVariables found, int size) {
        OptionalInt told = first(found, 1, size, "nccl.local-size");
        if (told.isPresent()) {
            return told;
        }
        return switch (launcher) {
            case NONE -> OptionalInt.of(1);
            case HYDRA -> first(found, 1, size, launcher.localSize(), "PMI_LOCAL_SIZE");
            case SLURM -> slurmTasks(found, size);
            case OPTIONS, TORCHRUN, OPEN_MPI, PMIX -> first(found, 1, size, launcher.localSize());
        };
    }

    private static OptionalInt slurmTasks(LaunchVariables found, int size) {
        Optional<String> tasks = found.first("SLURM_STEP_TASKS_PER_NODE", "SLURM_TASKS_PER_NODE");
        if (tasks.isEmpty()) {
            return first(found, 1, size, Launcher.SLURM.localSize());
        }
        int node = found.number("SLURM_NODEID", 0, MOST_PROCESSES).orElse(0);
        OptionalInt here = SlurmTexts.tasksOn(tasks.get(), node);
        if (here.isEmpty() || here.getAsInt() < 1 || here.getAsInt() > size) {
            throw found.wrong(
                    "the tasks per node that Slurm gives do not tell how many run on node " + node,
                    "a list such as 8(x2),3 is right, or give nccl.local-size");
        }
        return here;
    }

    /** Whether launchers of the same processes tell the same; one that was started under another may tell another. */
    private static void checkAgreement(Launcher launcher, LaunchVariables found) {
        for (Launcher other : Launcher.values()) {
            if (other.compareTo(launcher) > 0 && isThere(other, found) && speakOfTheSame(launcher, other, found)) {
                OptionalInt rank = found.number(other.rank(), 0, MOST_PROCESSES);
                OptionalInt size = sizeBy(other, found);
                if (differ(rank, found.number(launcher.rank(), 0, MOST_PROCESSES))
                        || differ(size, sizeBy(launcher, found))) {
                    throw found.wrong(
                            launcher.text() + " and " + other.text() + " contradict each other",
                            "unset what is left over (" + String.join(", ", launcher.variables()) + "; or "
                                    + String.join(", ", other.variables())
                                    + "), or give nccl.rank and nccl.world-size");
                }
            }
        }
    }

    private static boolean speakOfTheSame(Launcher launcher, Launcher other, LaunchVariables found) {
        boolean torchrunItself = found.text("TORCHELASTIC_RUN_ID").isPresent();
        return switch (launcher) {
            case TORCHRUN ->
                !torchrunItself
                        && (other == Launcher.OPEN_MPI
                                || other == Launcher.HYDRA
                                || (other == Launcher.SLURM
                                        && found.text("LOCAL_RANK").isEmpty()));
            case OPEN_MPI -> other == Launcher.HYDRA;
            case OPTIONS, HYDRA, SLURM, PMIX, NONE -> false;
        };
    }

    private static boolean differ(OptionalInt one, OptionalInt other) {
        return one.isPresent() && other.isPresent() && one.getAsInt() != other.getAsInt();
    }

    private static Optional<String> masterHost(
            Launcher launcher, LaunchVariables found, int size, OptionalInt localSize) {
        Optional<String> told = given(found).map(HostAndPort::getHost).or(() -> found.text("MASTER_ADDR"));
        if (told.isPresent()) {
            return told;
        }
        Optional<String> nodes = found.first("SLURM_STEP_NODELIST", "SLURM_JOB_NODELIST", "SLURM_NODELIST");
        if (launcher == Launcher.SLURM && nodes.isPresent() && localSize.orElse(0) != size) {
            return Optional.of(SlurmTexts.firstHost(nodes.get())
                    .orElseThrow(() -> found.wrong(
                            "Slurm's list of nodes cannot be read",
                            "a list such as gpu[003-010,12] is right, or set MASTER_ADDR, or give nccl.master")));
        }
        return localSize.orElse(0) == size ? Optional.of("127.0.0.1") : Optional.empty();
    }

    private static Optional<HostAndPort> given(LaunchVariables found) {
        return found.text("nccl.master").map(text -> {
            try {
                HostAndPort master = HostAndPort.fromString(text);
                if (!master.getHost().isEmpty()) {
                    return master;
                }
            } catch (IllegalArgumentException e) {
                throw found.wrong("nccl.master is no address", "HOST, HOST:PORT or [IPV6]:PORT is right");
            }
            throw found.wrong("nccl.master has no host", "HOST, HOST:PORT or [IPV6]:PORT is right");
        });
    }

    private static int masterPort(Launcher launcher, LaunchVariables found) {
        OptionalInt option = found.number("nccl.port", 1, LAST_PORT);
        OptionalInt master = given(found)
                .filter(HostAndPort::hasPort)
                .map(h -> OptionalInt.of(h.getPort()))
                .orElse(OptionalInt.empty());
        if (differ(option, master) || master.orElse(1) == 0) {
            throw found.wrong("nccl.master and nccl.port are no port, or two", "give one port from 1 to " + LAST_PORT);
        }
        OptionalInt variable = found.number("MASTER_PORT", 1, LAST_PORT);
        if (option.isPresent() || master.isPresent() || variable.isEmpty()) {
            return option.orElse(master.orElse(DEFAULT_PORT));
        }
        // There torchrun's agent itself listens at that port, for as long as its workers live.
        boolean taken = launcher == Launcher.TORCHRUN
                && found.text("TORCHELASTIC_USE_AGENT_STORE").equals(Optional.of("True"));
        int port = variable.getAsInt();
        return taken ? (port == LAST_PORT ? port - 1 : port + 1) : port;
    }

    private static Optional<String> runId(LaunchVariables found) {
        String restarts =
                found.text("TORCHELASTIC_RESTART_COUNT").map(n -> "." + n).orElse("");
        String step = found.text("SLURM_STEP_ID").map(s -> "." + s).orElse("");
        Optional<String> id = found.text("nccl.run-id")
                .or(() -> found.text("TORCHELASTIC_RUN_ID")
                        .filter(r -> !r.equals("none"))
                        .map(r -> "torchrun-" + r + restarts))
                .or(() -> found.text("PMIX_NAMESPACE").map(n -> "pmix-" + n))
                .or(() -> found.text("SLURM_JOB_ID").map(j -> "slurm-" + j + step));
        id.filter(i -> i.length() > LONGEST_RUN_ID).ifPresent(i -> {
            throw found.wrong("the run's id is too long", "one of at most " + LONGEST_RUN_ID + " characters is right");
        });
        return id;
    }
}
