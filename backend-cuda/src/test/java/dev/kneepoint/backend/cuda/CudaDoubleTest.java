package dev.kneepoint.backend.cuda;

import static dev.kneepoint.backend.cuda.DoubleHost.allocate;
import static dev.kneepoint.backend.cuda.DoubleHost.download;
import static dev.kneepoint.backend.cuda.DoubleHost.function;
import static dev.kneepoint.backend.cuda.DoubleHost.launch;
import static dev.kneepoint.backend.cuda.DoubleHost.load;
import static dev.kneepoint.backend.cuda.DoubleHost.ok;
import static dev.kneepoint.backend.cuda.DoubleHost.open;
import static dev.kneepoint.backend.cuda.DoubleHost.stream;
import static dev.kneepoint.backend.cuda.DoubleHost.upload;
import static org.assertj.core.api.Assertions.assertThat;

import jcuda.driver.CUdeviceptr;
import jcuda.driver.CUmodule;
import jcuda.driver.CUstream;
import jcuda.driver.JCudaDriver;
import org.junit.jupiter.api.Test;

/** The double computes what a device would. */
@RequiresCompiler({"g++", "nm"})
class CudaDoubleTest {
    private static final int[] ONE_BLOCK = {1, 1, 1};

    @Test
    void hasEveryFunctionThatJcudaWants() {
        CudaDouble driver = CudaDouble.reset(DoubleConfig.of(1));
        assertThat(DoubleBuild.wanted()).hasSizeGreaterThan(300);
        assertThat(DoubleBuild.exported(driver.library())).containsAll(DoubleBuild.wanted());
    }

    @Test
    void kernelsRunByTheirTwins() {
        CudaDouble driver = CudaDouble.reset(DoubleConfig.of(1));
        open(0);
        CUmodule module = load(PtxModule.ELEMENTS);
        CUstream stream = stream();
        CUdeviceptr a = upload(1, 2, 3);
        CUdeviceptr b = upload(10, 20, 30);
        CUdeviceptr c = allocate(12);
        ok(launch(function(module, "add_f32"), stream, ONE_BLOCK, a, b, c, 3L));
        ok(JCudaDriver.cuStreamSynchronize(stream));
        assertThat(download(c, 3)).containsExactly(11, 22, 33);
        assertThat(driver.violations()).isEmpty();
    }
}
