/** Runs plans on OpenCL devices. Found by the ServiceLoader; nothing of it is API but its options. */
module dev.kneepoint.backend.opencl {
    requires dev.kneepoint;
    requires com.google.common;
    requires jocl;
    requires static org.jspecify;

    exports dev.kneepoint.backend.opencl;

    provides dev.kneepoint.spi.BackendProvider with
            dev.kneepoint.backend.opencl.OpenClBackendProvider;
}
