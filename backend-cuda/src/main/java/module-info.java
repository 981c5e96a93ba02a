/** Runs plans on NVIDIA GPUs. Found by the ServiceLoader; nothing of it is API but its options and its exception. */
module dev.kneepoint.backend.cuda {
    requires dev.kneepoint;
    requires com.google.common;
    requires jcuda;
    requires static org.jspecify;

    exports dev.kneepoint.backend.cuda;
    exports dev.kneepoint.backend.cuda.library to
            dev.kneepoint.backend.nccl;

    provides dev.kneepoint.spi.BackendProvider with
            dev.kneepoint.backend.cuda.CudaBackendProvider;
}
