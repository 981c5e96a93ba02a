package dev.kneepoint.backend.cuda;

import dev.kneepoint.backend.engine.Cleanup;
import dev.kneepoint.backend.engine.DataType;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.Map;
import jcuda.driver.CUfunction;
import jcuda.driver.CUfunction_attribute;
import jcuda.driver.CUmodule;
import jcuda.driver.JCudaDriver;

/** The kernels of a device, compiled by its driver when first asked for. Thread-safe; the device's context is current. */
final class KernelTable implements AutoCloseable {
    private final CudaContext context;
    private final Map<PtxModule, CUmodule> modules = new EnumMap<>(PtxModule.class);
    private final Map<String, CudaKernel> kernels = new HashMap<>();

    KernelTable(CudaContext context) {
        this.context = context;
    }

    /** What names of kernels on arrays of a type end in. */
    static String suffix(DataType type) {
        return switch (type) {
            case FP32 -> "_f32";
            case BF16 -> "_bf16";
            case FP16 -> "_f16";
            case E4M3, E5M2, FP64, INT8, UINT8, INT32, UINT32, INT64, UINT64 ->
                throw new IllegalArgumentException("no kernel computes on " + type);
        };
    }

    /** The kernel of a module for a type. */
    CudaKernel get(PtxModule module, String name, DataType type) {
        return get(module, name + suffix(type));
    }

    /** A kernel of a module. */
    synchronized CudaKernel get(PtxModule module, String name) {
        CudaKernel known = kernels.get(name);
        if (known != null) {
            return known;
        }
        CUmodule loaded = modules.get(module);
        if (loaded == null) {
            loaded = new CUmodule();
            context.check(
                    JCudaDriver.cuModuleLoadData(loaded, module.ptx()),
                    "cuModuleLoadData of " + module.label() + ".ptx");
            modules.put(module, loaded);
        }
        CUfunction function = new CUfunction();
        context.check(JCudaDriver.cuModuleGetFunction(function, loaded, name), "cuModuleGetFunction of " + name);
        // Blocks are as large as their kernel was compiled for.
        int[] threads = new int[1];
        context.check(
                JCudaDriver.cuFuncGetAttribute(
                        threads, CUfunction_attribute.CU_FUNC_ATTRIBUTE_MAX_THREADS_PER_BLOCK, function),
                "cuFuncGetAttribute of " + name);
        CudaKernel kernel = new CudaKernel(name, function, threads[0]);
        kernels.put(name, kernel);
        return kernel;
    }

    @Override
    public synchronized void close() {
        kernels.clear();
        try (Cleanup cleanup = new Cleanup()) {
            modules.values()
                    .forEach(module ->
                            cleanup.then(() -> context.check(JCudaDriver.cuModuleUnload(module), "cuModuleUnload")));
            modules.clear();
        }
    }
}
