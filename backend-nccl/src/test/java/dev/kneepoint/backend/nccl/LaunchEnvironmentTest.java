package dev.kneepoint.backend.nccl;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.common.base.Splitter;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LaunchEnvironmentTest {
    private static final String TORCHRUN = "RANK=3 WORLD_SIZE=8 LOCAL_RANK=1 LOCAL_WORLD_SIZE=2";
    private static final String OPEN_MPI = "OMPI_COMM_WORLD_RANK=3 OMPI_COMM_WORLD_SIZE=8"
            + " OMPI_COMM_WORLD_LOCAL_RANK=1 OMPI_COMM_WORLD_LOCAL_SIZE=2";
    private static final String HYDRA = "PMI_RANK=3 PMI_SIZE=8 MPI_LOCALRANKID=1 MPI_LOCALNRANKS=2";
    private static final String SLURM = "SLURM_PROCID=3 SLURM_NTASKS=8 SLURM_LOCALID=1 SLURM_NTASKS_PER_NODE=2";

    @ParameterizedTest
    @CsvSource({
        TORCHRUN + ", '', TORCHRUN",
        OPEN_MPI + ", '', OPEN_MPI",
        HYDRA + ", '', HYDRA",
        "PMI_RANK=3 PMI_SIZE=8 PMI_LOCAL_RANK=1 PMI_LOCAL_SIZE=2, '', HYDRA",
        SLURM + ", '', SLURM",
        "SLURM_PROCID=3 SLURM_NTASKS=8 SLURM_LOCALID=1 SLURM_TASKS_PER_NODE=2(x4), '', SLURM",
        "SLURM_PROCID=3 SLURM_NTASKS=99 SLURM_STEP_NUM_TASKS=8 SLURM_LOCALID=1 SLURM_NODEID=1"
                + " SLURM_TASKS_PER_NODE=99 SLURM_STEP_TASKS_PER_NODE=5;2(x2), '', SLURM",
        "'', nccl.rank=3 nccl.world-size=8 nccl.local-rank=1 nccl.local-size=2, OPTIONS",
        "PMIX_RANK=3, nccl.world-size=8 nccl.local-rank=1 nccl.local-size=2, PMIX",
        "RANK=0 WORLD_SIZE=1 PMI_RANK=7, nccl.rank=3 nccl.world-size=8 nccl.local-rank=1 nccl.local-size=2, OPTIONS",
        TORCHRUN + ", nccl.world-size=8, TORCHRUN",
    })
    void launcher_isUnderstood(String environment, String options, Launcher launcher) {
        LaunchEnvironment launch = read(environment.replace(';', ','), options);
        assertThat(launch.launcher()).isEqualTo(launcher);
        assertThat(launch.rank()).isEqualTo(3);
        assertThat(launch.size()).isEqualTo(8);
        assertThat(launch.localRank()).isEqualTo(1);
        assertThat(launch.localSize()).hasValue(2);
    }

    @ParameterizedTest
    @CsvSource({
        // torchrun in a job: Slurm speaks of the agents, torchrun of its workers.
        TORCHRUN + " SLURM_PROCID=0 SLURM_NTASKS=4 SLURM_LOCALID=0, TORCHRUN",
        TORCHRUN + " TORCHELASTIC_RUN_ID=none OMPI_COMM_WORLD_RANK=0 OMPI_COMM_WORLD_SIZE=4, TORCHRUN",
        OPEN_MPI + " SLURM_PROCID=0 SLURM_NTASKS=1 PMIX_RANK=3, OPEN_MPI",
        HYDRA + " SLURM_PROCID=0 SLURM_NTASKS=1, HYDRA",
        OPEN_MPI + " RANK=3 WORLD_SIZE=8, TORCHRUN",
        SLURM + " RANK=3 WORLD_SIZE=8, TORCHRUN",
    })
    void launcherInsideAnother_isBelieved(String environment, Launcher launcher) {
        assertThat(read(environment, "").launcher()).isEqualTo(launcher);
        assertThat(read(environment, "").rank()).isEqualTo(3);
        assertThat(read(environment, "").size()).isEqualTo(8);
    }

    @Test
    void nothingSaid_isOneProcess() {
        LaunchEnvironment launch = read("HOME=/root SLURM_JOB_ID=9 SLURM_NTASKS=16", "");
        assertThat(launch.launcher()).isEqualTo(Launcher.NONE);
        assertThat(launch.rank()).isZero();
        assertThat(launch.size()).isEqualTo(1);
        assertThat(launch.localRank()).isZero();
        assertThat(launch.localSize()).hasValue(1);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "RANK=3|| torchrun gives a rank, and no number of processes | set WORLD_SIZE",
                "WORLD_SIZE=3|| torchrun gives a number of processes, and no rank | set RANK",
                "OMPI_COMM_WORLD_RANK=1|| Open MPI gives a rank | set OMPI_COMM_WORLD_SIZE",
                "PMI_SIZE=2|| MPICH/Hydra gives a number of processes | set PMI_RANK",
                "SLURM_PROCID=1|| Slurm gives a rank | set SLURM_NTASKS",
                "PMIX_RANK=1|| PMIx gives a rank | give nccl.world-size",
                "|nccl.rank=1| the command gives a rank | set nccl.world-size",
                "|nccl.world-size=2| nccl.world-size is given, and no rank | give nccl.rank too",
                "RANK=3 WORLD_SIZE=3|| RANK is out of range | from 0 to 2",
                "RANK=-1 WORLD_SIZE=3|| RANK is out of range | from 0 to 2",
                "RANK=x WORLD_SIZE=3|| RANK is no whole number | from 0 to 2",
                "RANK=0 WORLD_SIZE=1e3|| WORLD_SIZE is no whole number | from 1 to 65536",
                "RANK=0 WORLD_SIZE=0|| WORLD_SIZE is out of range | from 1 to 65536",
                "RANK=0 WORLD_SIZE=9999999999|| WORLD_SIZE is no whole number | from 1 to 65536",
                "RANK=0 WORLD_SIZE=4 LOCAL_RANK=2 LOCAL_WORLD_SIZE=2|| LOCAL_RANK is out of range | from 0 to 1",
                "RANK=0 WORLD_SIZE=4 LOCAL_WORLD_SIZE=5|| LOCAL_WORLD_SIZE is out of range | from 1 to 4",
                "RANK=0 WORLD_SIZE=4|nccl.world-size=8| nccl.world-size is not what torchrun says | leave it out",
                "RANK=0 WORLD_SIZE=1 OMPI_COMM_WORLD_RANK=3 OMPI_COMM_WORLD_SIZE=4||"
                        + " torchrun and Open MPI contradict each other | unset what is left over",
                "RANK=0 WORLD_SIZE=4 LOCAL_RANK=0 PMI_RANK=1 PMI_SIZE=4||"
                        + " torchrun and MPICH/Hydra contradict each other | unset what is left over",
                "RANK=0 WORLD_SIZE=1 SLURM_PROCID=3 SLURM_NTASKS=4||"
                        + " torchrun and Slurm contradict each other | unset what is left over",
                "OMPI_COMM_WORLD_RANK=3 OMPI_COMM_WORLD_SIZE=4 PMI_RANK=0 PMI_SIZE=1||"
                        + " Open MPI and MPICH/Hydra contradict each other | unset what is left over",
                "SLURM_PROCID=3 SLURM_NTASKS=4 SLURM_TASKS_PER_NODE=2(x|| tasks per node | 8(x2),3",
                "SLURM_PROCID=3 SLURM_NTASKS=4 SLURM_NODEID=2 SLURM_TASKS_PER_NODE=2(x2)|| tasks per node | 8(x2),3",
                "SLURM_PROCID=3 SLURM_NTASKS=4 SLURM_JOB_NODELIST=n[1-|| list of nodes | gpu[003-010,12]",
                "RANK=0 WORLD_SIZE=4 MASTER_PORT=0|| MASTER_PORT is out of range | from 1 to 65535",
                "RANK=0 WORLD_SIZE=4|nccl.port=http| nccl.port is no whole number | from 1 to 65535",
                "RANK=0 WORLD_SIZE=4|nccl.master=a:99999| nccl.master is no address | HOST:PORT",
                "RANK=0 WORLD_SIZE=4|nccl.master=:1| nccl.master has no host | HOST:PORT",
                "RANK=0 WORLD_SIZE=4|nccl.master=a:1 nccl.port=2| nccl.master and nccl.port | one port",
            })
    void whatIsNotClear_isOneErrorThatListsWhatWasFound(String environment, String options, String what, String right) {
        String given = environment == null ? "" : environment;
        String chosen = options == null ? "" : options;
        assertThatThrownBy(() -> read(given, chosen))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(what)
                .hasMessageContaining(right)
                .satisfies(e -> assertThat(e.getMessage())
                        .contains(Splitter.on(' ').omitEmptyStrings().splitToList(given + " " + chosen)));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "MASTER_ADDR=h MASTER_PORT=1234||h|1234",
                "MASTER_ADDR=h||h|29477",
                "MASTER_ADDR=h MASTER_PORT=1234|nccl.port=5|h|5",
                "MASTER_ADDR=h MASTER_PORT=1234|nccl.master=m|m|1234",
                "MASTER_ADDR=h MASTER_PORT=1234|nccl.master=m:7|m|7",
                "|nccl.master=[::1]:7|::1|7",
                "MASTER_ADDR=h MASTER_PORT=1234 TORCHELASTIC_USE_AGENT_STORE=True||h|1235",
                "MASTER_ADDR=h MASTER_PORT=65535 TORCHELASTIC_USE_AGENT_STORE=True||h|65534",
                "MASTER_ADDR=h MASTER_PORT=1234 TORCHELASTIC_USE_AGENT_STORE=False||h|1234",
                "LOCAL_WORLD_SIZE=4||127.0.0.1|29477",
            })
    void master_isWhereLaunchersSay(String environment, String options, String host, int port) {
        String given = environment == null ? "" : environment;
        LaunchEnvironment launch = read("RANK=0 WORLD_SIZE=4 " + given, options == null ? "" : options);
        assertThat(launch.master().getHost()).isEqualTo(host);
        assertThat(launch.master().getPort()).isEqualTo(port);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "gpu7|gpu7",
                "gpu[003-010,12],login1|gpu003",
                "gpu[5,7]|gpu5",
                "r[1-2]n[03-04].cluster|r1n03.cluster",
                "a,b|a",
            })
    void firstHostOfSlurm_isTheMaster(String nodes, String host) {
        assertThat(read("SLURM_PROCID=0 SLURM_NTASKS=4 SLURM_JOB_NODELIST=" + nodes, "")
                        .master()
                        .getHost())
                .isEqualTo(host);
        assertThat(read("SLURM_PROCID=0 SLURM_NTASKS=4 SLURM_JOB_NODELIST=z SLURM_STEP_NODELIST=" + nodes, "")
                        .master()
                        .getHost())
                .isEqualTo(host);
    }

    @Test
    void missingMaster_isAnErrorOnlyWhereItIsNeeded() {
        LaunchEnvironment launch = read(TORCHRUN, "");
        assertThat(launch.masterHost()).isEmpty();
        assertThatThrownBy(launch::master)
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("set MASTER_ADDR")
                .hasMessageContaining("nccl.master=HOST[:PORT]");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "SLURM_JOB_ID=5 SLURM_STEP_ID=2||slurm-5.2",
                "SLURM_JOB_ID=5||slurm-5",
                "SLURM_JOB_ID=5 PMIX_NAMESPACE=p||pmix-p",
                "SLURM_JOB_ID=5 TORCHELASTIC_RUN_ID=t TORCHELASTIC_RESTART_COUNT=1||torchrun-t.1",
                "SLURM_JOB_ID=5 TORCHELASTIC_RUN_ID=none||slurm-5",
                "SLURM_JOB_ID=5|nccl.run-id=mine|mine",
            })
    void runId_isTheLaunchersOrGiven(String environment, String options, String id) {
        assertThat(read(environment, options == null ? "" : options).runId()).hasValue(id);
    }

    @Test
    void runIdThatIsTooLong_isRefused() {
        assertThatThrownBy(() -> read("", "nccl.run-id=" + "x".repeat(129)))
                .hasMessageContaining("at most 128 characters");
        assertThat(read("", "").runId()).isEmpty();
    }

    @Test
    void secrets_areNotListed() {
        assertThatThrownBy(() -> read("RANK=1 KNEEPOINT_TOKEN=hush", ""))
                .hasMessageContaining("RANK=1")
                .satisfies(e -> assertThat(e.getMessage()).doesNotContain("hush"));
    }

    @Test
    void randomVariables_giveAnAnswerOrAnError() {
        String[] names = {
            "RANK",
            "WORLD_SIZE",
            "LOCAL_RANK",
            "OMPI_COMM_WORLD_RANK",
            "OMPI_COMM_WORLD_SIZE",
            "PMI_RANK",
            "PMI_SIZE",
            "SLURM_PROCID",
            "SLURM_NTASKS",
            "SLURM_TASKS_PER_NODE",
            "SLURM_JOB_NODELIST",
            "MASTER_PORT",
            "PMIX_RANK"
        };
        String[] values = {"0", "1", "2", "4", "-1", "x", "", "2(x2)", "n[1-3]", "99999999999", "[", "1,", "(x", "]"};
        for (int seed = 0; seed < 3000; seed++) {
            Random random = new Random(seed);
            Map<String, String> environment = new HashMap<>();
            for (String name : names) {
                if (random.nextInt(3) == 0) {
                    environment.put(name, values[random.nextInt(values.length)]);
                }
            }
            try {
                LaunchEnvironment launch = LaunchEnvironment.of(environment, Map.of());
                assertThat(launch.rank()).as("seed %d", seed).isBetween(0, launch.size() - 1);
                assertThat(launch.masterPort()).as("seed %d", seed).isBetween(1, 65_535);
            } catch (IllegalArgumentException e) {
                assertThat(e)
                        .as("seed %d", seed)
                        .hasMessageStartingWith("how this process was launched is not clear: ");
            }
        }
    }

    private static LaunchEnvironment read(String environment, String options) {
        return LaunchEnvironment.of(map(environment), map(options));
    }

    private static Map<String, String> map(String text) {
        Map<String, String> map = new HashMap<>();
        for (String entry : Splitter.on(' ').omitEmptyStrings().split(text)) {
            int at = entry.indexOf('=');
            map.put(entry.substring(0, at), entry.substring(at + 1));
        }
        return map;
    }
}
