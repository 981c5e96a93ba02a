/** Runs plans over processes and hosts by NCCL; nothing of it is API but its options and its exceptions. */
module dev.kneepoint.backend.nccl {
    requires dev.kneepoint;
    requires dev.kneepoint.backend.cuda;
    requires com.fasterxml.jackson.core;
    requires com.google.common;
    requires static org.jspecify;

    exports dev.kneepoint.backend.nccl;

    provides dev.kneepoint.spi.BackendProvider with
            dev.kneepoint.backend.nccl.NcclBackendProvider;
}
