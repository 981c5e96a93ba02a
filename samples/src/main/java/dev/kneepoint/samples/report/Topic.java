package dev.kneepoint.samples.report;

import dev.kneepoint.cluster.Cluster;
import dev.kneepoint.cluster.Fabric;
import dev.kneepoint.metrics.Provenance;
import dev.kneepoint.profile.NetworkProfile;
import dev.kneepoint.samples.report.Checklist.State;
import dev.kneepoint.study.Scaling;
import dev.kneepoint.study.StudyPoint;
import dev.kneepoint.study.StudyResult;
import dev.kneepoint.study.StudySeries;
import dev.kneepoint.workload.FlopConvention;
import dev.kneepoint.workload.ModelCounts;
import dev.kneepoint.workload.TrainingWorkload;
import java.util.Collection;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/** The points of the decision checklist. */
enum Topic {
    WORK(
            "Work per device",
            "Profile one step on one node and compare the counted operations and the memory with these.") {
        @Override
        Set<State> states(StudyResult study) {
            return EnumSet.of(State.CATALOG);
        }

        @Override
        String known(StudyResult study) {
            TrainingWorkload w = study.scenario().workload();
            double perToken = ModelCounts.modelFlopsPerStep(w, FlopConvention.NON_CAUSAL) / w.tokensPerStep();
            String sequences = Figures.whole(study.batch()) + " sequences of " + Figures.whole(w.sequenceLength())
                    + " tokens per step";
            return sequences
                    + (study.scaling() == Scaling.WEAK ? " and device, " : ", shared by all devices, ")
                    + Figures.si(perToken, "FLOP") + " per token";
        }
    },
    BANDWIDTH(
            "Bandwidth",
            "Run all-reduce, all-gather and all-to-all tests (for example nccl-tests) inside a node, on 2 nodes and on"
                    + " the largest partition that you can get; compare the bus bandwidth.") {
        @Override
        Set<State> states(StudyResult study) {
            return onTheWire(study, State.CATALOG);
        }

        @Override
        String known(StudyResult study) {
            Cluster c = study.scenario().cluster();
            Fabric f = c.fabric();
            String sharing = f.oversubscription() > 1 ? ", oversubscribed " + f.oversubscription() + ":1" : "";
            return c.name() + ": " + f.scaleUpBandwidth() + " inside a domain of " + f.scaleUpDomain() + ", "
                    + f.networkBandwidthPerDevice() + " per device on "
                    + f.network().label() + sharing;
        }
    },
    LATENCY(
            "Latency",
            "Run the same tests with small messages (8 B to 64 KiB) over 2, 8 and as many nodes as you can get.") {
        @Override
        Set<State> states(StudyResult study) {
            return onTheWire(study, State.CATALOG);
        }

        @Override
        String known(StudyResult study) {
            NetworkProfile n = study.scenario().hardware().network();
            return n.name() + " profile: ring hops between domains at " + Figures.threeDigits(n.ringScale())
                    + " times NCCL's own estimate, " + Figures.threeDigits(n.treeHopMicros())
                    + " µs per doubling of the domains in a tree (" + n.source() + ")";
        }
    },
    TRIAL(
            "Small-scale trial",
            "Run the best strategy for 50 steps on 1, 2 and 4 nodes and check that the same sizes here agree within"
                    + " 10 %.") {
        @Override
        Set<State> states(StudyResult study) {
            return measured(study).isEmpty() ? EnumSet.of(State.MISSING) : EnumSet.of(State.MEASURED);
        }

        @Override
        String known(StudyResult study) {
            List<Integer> sizes = measured(study).stream()
                    .map(StudyPoint.Ran::devices)
                    .distinct()
                    .sorted()
                    .toList();
            return sizes.isEmpty() ? "no point was measured" : "measured on " + Figures.sizes(sizes);
        }
    },
    MFU("MFU", "Divide the tokens per second of the trial by this peak, with the same convention.") {
        @Override
        Set<State> states(StudyResult study) {
            return Checklist.states(Checklist.ran(study), m -> m.utilization().isPresent());
        }

        @Override
        String known(StudyResult study) {
            String peaks = Checklist.ran(study).stream()
                    .flatMap(p -> p.metrics().utilization().stream())
                    .map(u -> u.peak().toString())
                    .distinct()
                    .collect(Collectors.joining(", "));
            return Checklist.range(study, Chart.MFU) + (peaks.isEmpty() ? "" : " of a peak of " + peaks);
        }
    },
    THROUGHPUT(
            "Throughput",
            "Measure at the knee, or at the largest size that you can rent, for an hour: data loading and checkpoints"
                    + " included.") {
        @Override
        Set<State> states(StudyResult study) {
            return Checklist.states(Checklist.ran(study), m -> true);
        }

        @Override
        String known(StudyResult study) {
            String counts = Checklist.counts(study);
            return Checklist.range(study, Chart.THROUGHPUT) + (counts.isEmpty() ? "" : "; points: " + counts);
        }
    },
    POWER("Power", "Log device power (nvidia-smi, rocm-smi) and node power at the rack while the trial runs.") {
        @Override
        Set<State> states(StudyResult study) {
            return Checklist.states(Checklist.ran(study), m -> m.energy().isPresent());
        }

        @Override
        String known(StudyResult study) {
            return Checklist.range(study, Chart.ENERGY) + "; limit "
                    + study.scenario().cluster().accelerator().power() + " per device";
        }
    },
    COST("Cost", "Get a dated offer for the size at the knee, with network, storage, power and idle time in it.") {
        @Override
        Set<State> states(StudyResult study) {
            return EnumSet.of(study.scenario().cluster().pricePerDeviceHour() > 0 ? State.CATALOG : State.MISSING);
        }

        @Override
        String known(StudyResult study) {
            Cluster c = study.scenario().cluster();
            return c.pricePerDeviceHour() > 0
                    ? Figures.dollars(c.pricePerDeviceHour()) + " per device and hour (" + c.priceNote() + ")"
                    : "no price given";
        }
    },
    STRATEGY(
            "Strategy",
            "Run the two quickest strategies side by side on the trial nodes; keep the order only if it repeats.") {
        @Override
        Set<State> states(StudyResult study) {
            return compared(study) > 1 ? Checklist.states(Checklist.ran(study), m -> true) : EnumSet.of(State.MISSING);
        }

        @Override
        String known(StudyResult study) {
            int compared = compared(study);
            return switch (compared) {
                case 0 -> "no strategy ran";
                case 1 -> "only one strategy ran: nothing to compare it with";
                default ->
                    compared + " strategies compared; quickest: "
                            + study.verdict().bestStrategy();
            };
        }
    };

    private final String title;
    private final String next;

    Topic(String title, String next) {
        this.title = title;
        this.next = next;
    }

    abstract Set<State> states(StudyResult study);

    abstract String known(StudyResult study);

    String title() {
        return title;
    }

    String next() {
        return next;
    }

    Set<State> states(Collection<StudyResult> studies) {
        Set<State> all = EnumSet.noneOf(State.class);
        studies.forEach(s -> all.addAll(states(s)));
        return all;
    }

    private static List<StudyPoint.Ran> measured(StudyResult study) {
        return Checklist.ran(study).stream()
                .filter(p -> p.metrics().provenance() == Provenance.MEASURED)
                .toList();
    }

    /** Links count as measured only if a measured step sent something over them. */
    private static Set<State> onTheWire(StudyResult study, State otherwise) {
        boolean sent = measured(study).stream()
                .anyMatch(p -> p.devices() > 1 && p.metrics().busy().communication() > 0);
        return EnumSet.of(sent ? State.MEASURED : otherwise);
    }

    private static int compared(StudyResult study) {
        return (int) study.series().stream()
                .map(StudySeries::ran)
                .filter(ran -> !ran.isEmpty())
                .count();
    }
}
