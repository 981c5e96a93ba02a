/** The Kneepoint SDK: scaling studies of model training, and what backends implement. */
module dev.kneepoint {
    requires com.fasterxml.jackson.core;
    requires com.fasterxml.jackson.databind;
    requires com.fasterxml.jackson.dataformat.csv;
    requires com.google.common;
    requires hipparchus.core;
    requires hipparchus.optim;
    requires hipparchus.stat;
    requires static com.google.errorprone.annotations;
    requires static jdk.incubator.vector;
    requires static transitive org.jspecify;

    exports dev.kneepoint;
    exports dev.kneepoint.annotation;
    exports dev.kneepoint.units;
    exports dev.kneepoint.workload;
    exports dev.kneepoint.cluster;
    exports dev.kneepoint.profile;
    exports dev.kneepoint.strategy;
    exports dev.kneepoint.plan;
    exports dev.kneepoint.cost;
    exports dev.kneepoint.metrics;
    exports dev.kneepoint.spi;
    exports dev.kneepoint.calibration;
    exports dev.kneepoint.calibration.probe;
    exports dev.kneepoint.analysis;
    exports dev.kneepoint.study;
    exports dev.kneepoint.report;
    exports dev.kneepoint.backend.engine to
            dev.kneepoint.backend.opencl,
            dev.kneepoint.backend.cuda,
            dev.kneepoint.backend.nccl;

    uses dev.kneepoint.spi.BackendProvider;

    provides dev.kneepoint.spi.BackendProvider with
            dev.kneepoint.backend.cpu.CpuProvider,
            dev.kneepoint.backend.sim.SimProvider;
}
