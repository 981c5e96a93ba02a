package dev.kneepoint.backend.cuda;

import static dev.kneepoint.backend.cuda.DoubleHost.ONE_BLOCK;
import static dev.kneepoint.backend.cuda.DoubleHost.allocate;
import static dev.kneepoint.backend.cuda.DoubleHost.answers;
import static dev.kneepoint.backend.cuda.DoubleHost.device;
import static dev.kneepoint.backend.cuda.DoubleHost.download;
import static dev.kneepoint.backend.cuda.DoubleHost.function;
import static dev.kneepoint.backend.cuda.DoubleHost.launch;
import static dev.kneepoint.backend.cuda.DoubleHost.load;
import static dev.kneepoint.backend.cuda.DoubleHost.ok;
import static dev.kneepoint.backend.cuda.DoubleHost.open;
import static dev.kneepoint.backend.cuda.DoubleHost.stream;
import static dev.kneepoint.backend.cuda.DoubleHost.upload;
import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import jcuda.Pointer;
import jcuda.driver.CUdevice_attribute;
import jcuda.driver.CUdeviceptr;
import jcuda.driver.CUfunction;
import jcuda.driver.CUfunction_attribute;
import jcuda.driver.CUmodule;
import jcuda.driver.CUresult;
import jcuda.driver.CUstream;
import jcuda.driver.JCudaDriver;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The double claims to be the machine that it is told to be, and computes what a device would. */
@RequiresCompiler({"g++", "nm"})
class CudaDoubleTest {
    private static final DoubleConfig.Device SMALL = new DoubleConfig.Device("Double T4", 1 << 20, 75, 40, true);

    @Test
    void hasEveryFunctionThatJcudaWants() {
        CudaDouble driver = CudaDouble.reset(DoubleConfig.of(1));
        assertThat(DoubleBuild.wanted()).hasSizeGreaterThan(300);
        assertThat(DoubleBuild.exported(driver.library())).containsAll(DoubleBuild.wanted());
    }

    @Test
    void whatIsNotModelledSaysSo() {
        CudaDouble driver = CudaDouble.reset(DoubleConfig.of(1));
        answers(JCudaDriver.cuProfilerStart(), CUresult.CUDA_ERROR_NOT_SUPPORTED);
        assertThat(driver.calls()).containsExactly("cuProfilerStart");
    }

    @Test
    void describesItsDevices() {
        CudaDouble driver = CudaDouble.reset(DoubleConfig.of(DoubleConfig.Device.A100, SMALL));
        answers(JCudaDriver.cuDeviceGetCount(new int[1]), CUresult.CUDA_ERROR_NOT_INITIALIZED);
        ok(JCudaDriver.cuInit(0));
        int[] out = new int[1];
        ok(JCudaDriver.cuDeviceGetCount(out));
        assertThat(out[0]).isEqualTo(2);
        byte[] name = new byte[64];
        ok(JCudaDriver.cuDeviceGetName(name, name.length, device(1)));
        assertThat(new String(name, StandardCharsets.US_ASCII)).startsWith("Double T4\0");
        long[] bytes = new long[1];
        ok(JCudaDriver.cuDeviceTotalMem(bytes, device(0)));
        assertThat(bytes[0]).isEqualTo(80L << 30);
        assertThat(attribute(CUdevice_attribute.CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MINOR))
                .isEqualTo(5);
        assertThat(attribute(CUdevice_attribute.CU_DEVICE_ATTRIBUTE_MULTIPROCESSOR_COUNT))
                .isEqualTo(40);
        assertThat(uuid(driver, "cuDeviceGetUuid_v2", 0)).isEqualTo(uuid(driver, "cuDeviceGetUuid", 0));
        assertThat(uuid(driver, "cuDeviceGetUuid_v2", 1)).isNotEqualTo(uuid(driver, "cuDeviceGetUuid", 1));
    }

    private static byte[] uuid(CudaDouble driver, String function, int device) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment out = arena.allocate(16);
            ok((int) driver.function(function, FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_INT))
                    .invoke(out, device));
            return out.toArray(JAVA_BYTE);
        } catch (Throwable e) {
            throw new AssertionError(e);
        }
    }

    private static int attribute(int number) {
        int[] out = new int[1];
        ok(JCudaDriver.cuDeviceGetAttribute(out, number, device(1)));
        return out[0];
    }

    @Test
    void withoutDevicesThereIsNothingToStart() {
        CudaDouble.reset(DoubleConfig.of());
        answers(JCudaDriver.cuInit(0), CUresult.CUDA_ERROR_NO_DEVICE);
    }

    @ParameterizedTest
    @EnumSource(DoubleConfig.Order.class)
    void kernelsRunByTheirTwins(DoubleConfig.Order order) {
        CudaDouble driver = CudaDouble.reset(DoubleConfig.of(1).with(order));
        open(0);
        CUstream stream = stream();
        CUdeviceptr a = upload(1, 2, 3);
        CUdeviceptr b = upload(10, 20, 30);
        CUdeviceptr c = allocate(12);
        ok(launch(function(load(PtxModule.ELEMENTS), "add_f32"), stream, ONE_BLOCK, a, b, c, 3L));
        ok(JCudaDriver.cuStreamSynchronize(stream));
        assertThat(download(c, 3)).containsExactly(11, 22, 33);
        assertThat(driver.violations()).isEmpty();
    }

    @Test
    void kernelsWithBarriersRunByTheirTwins() {
        CudaDouble driver = CudaDouble.reset(DoubleConfig.of(1));
        open(0);
        // Two by two numbers in BF16, the upper half of FP32.
        CUdeviceptr a = upload(Float.intBitsToFloat(0x4000_3f80), Float.intBitsToFloat(0x4080_4040));
        CUdeviceptr c = allocate(8);
        CUfunction matmul = function(load(PtxModule.MATMUL), "matmul_bf16");
        ok(launch(matmul, new CUstream(), ONE_BLOCK, a, a, c, 2, 2, 2, 0.5f));
        float[] product = download(c, 2);
        // (1 2; 3 4) squared is (7 10; 15 22).
        assertThat(ElementType.BF16.get(bytes(product), 0)).isEqualTo(3.5f);
        assertThat(ElementType.BF16.get(bytes(product), 1)).isEqualTo(5f);
        assertThat(ElementType.BF16.get(bytes(product), 2)).isEqualTo(7.5f);
        assertThat(ElementType.BF16.get(bytes(product), 3)).isEqualTo(11f);
        assertThat(driver.violations()).isEmpty();
    }

    private static ByteBuffer bytes(float... values) {
        ByteBuffer out = ByteBuffer.allocate(4 * values.length).order(ByteOrder.LITTLE_ENDIAN);
        out.asFloatBuffer().put(values);
        return out;
    }

    @ParameterizedTest
    @EnumSource(PtxModule.class)
    void everyModuleLoads(PtxModule module) {
        CudaDouble driver = CudaDouble.reset(DoubleConfig.of(1).withDriver(11000));
        open(0);
        ok(JCudaDriver.cuModuleUnload(load(module)));
        assertThat(driver.violations()).isEmpty();
    }

    @Test
    void modulesForOthersAreRefused() {
        CudaDouble.reset(DoubleConfig.of(SMALL).withDriver(10020));
        open(0);
        CUmodule module = new CUmodule();
        answers(
                JCudaDriver.cuModuleLoadData(module, PtxModule.TENSOR.ptx()),
                CUresult.CUDA_ERROR_UNSUPPORTED_PTX_VERSION);
        CudaDouble.reset(DoubleConfig.of(SMALL));
        open(0);
        answers(JCudaDriver.cuModuleLoadData(module, PtxModule.TENSOR.ptx()), CUresult.CUDA_ERROR_NO_BINARY_FOR_GPU);
        answers(JCudaDriver.cuModuleLoadData(module, "no kernels"), CUresult.CUDA_ERROR_INVALID_PTX);
        answers(
                JCudaDriver.cuModuleGetFunction(new CUfunction(), load(PtxModule.ROWS), "add_f32"),
                CUresult.CUDA_ERROR_NOT_FOUND);
    }

    @Test
    void aModuleWithoutTwinsIsRefused() {
        CudaDouble driver = CudaDouble.reset(DoubleConfig.of(1));
        open(0);
        String other = PtxModule.ROWS.ptx().replace("norm_f32", "form_f32");
        answers(JCudaDriver.cuModuleLoadData(new CUmodule(), other), CUresult.CUDA_ERROR_INVALID_PTX);
        String longer = PtxModule.ROWS.ptx().replace(".param .u32 norm_f32_param_3", ".param .u64 norm_f32_param_3");
        answers(JCudaDriver.cuModuleLoadData(new CUmodule(), longer), CUresult.CUDA_ERROR_INVALID_PTX);
        assertThat(driver.violations())
                .containsExactly(
                        "cuModuleLoadData: no emulated kernel is called form_f32",
                        "cuModuleLoadData: norm_f32 takes other arguments in PTX than in its source");
    }

    @Test
    void functionsTellWhatTheirTextSays() {
        CudaDouble.reset(DoubleConfig.of(1));
        open(0);
        CUfunction matmul = function(load(PtxModule.MATMUL), "matmul_f32");
        int[] out = new int[1];
        ok(JCudaDriver.cuFuncGetAttribute(out, CUfunction_attribute.CU_FUNC_ATTRIBUTE_MAX_THREADS_PER_BLOCK, matmul));
        assertThat(out[0]).isEqualTo(256);
        ok(JCudaDriver.cuFuncGetAttribute(out, CUfunction_attribute.CU_FUNC_ATTRIBUTE_SHARED_SIZE_BYTES, matmul));
        assertThat(out[0]).isEqualTo(2 * 4160);
        ok(JCudaDriver.cuOccupancyMaxActiveBlocksPerMultiprocessor(out, matmul, 256, 0));
        assertThat(out[0]).isEqualTo(8);
        answers(
                JCudaDriver.cuLaunchKernel(matmul, 1, 1, 1, 512, 1, 1, 0, new CUstream(), new Pointer(), new Pointer()),
                CUresult.CUDA_ERROR_INVALID_VALUE);
    }
}
