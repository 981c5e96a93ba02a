package dev.kneepoint.backend.opencl;

import static org.assertj.core.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.abort;

import java.nio.charset.StandardCharsets;
import org.jocl.CL;
import org.jocl.Pointer;
import org.jocl.cl_command_queue;
import org.jocl.cl_context;
import org.jocl.cl_context_properties;
import org.jocl.cl_device_id;
import org.jocl.cl_platform_id;

/** The first device of the machine with a queue, for tests of kernels; closing releases it. */
final class TestDevice implements AutoCloseable {
    final ClDevice device;
    final cl_command_queue queue;

    private TestDevice(ClDevice device, cl_command_queue queue) {
        this.device = device;
        this.queue = queue;
    }

    /** Opens it; where there is none, the test is skipped, or fails if everything is required. */
    static TestDevice open() {
        try {
            cl_platform_id[] platforms = new cl_platform_id[1];
            CL.setExceptionsEnabled(true);
            CL.clGetPlatformIDs(1, platforms, null);
            cl_device_id[] ids = new cl_device_id[1];
            CL.clGetDeviceIDs(platforms[0], CL.CL_DEVICE_TYPE_ALL, 1, ids, null);
            return open(platforms[0], ids[0]);
        } catch (RuntimeException | LinkageError e) {
            String reason = "no OpenCL device (install pocl-opencl-icd and ocl-icd-libopencl1): " + e;
            return "1".equals(System.getenv("KNEEPOINT_REQUIRE_ALL")) ? fail(reason, e) : abort(reason);
        }
    }

    @SuppressWarnings("deprecation") // The newer call is missing in OpenCL 1.2.
    private static TestDevice open(cl_platform_id platform, cl_device_id id) {
        cl_context_properties properties = new cl_context_properties();
        properties.addProperty(CL.CL_CONTEXT_PLATFORM, platform);
        cl_context context = CL.clCreateContext(properties, 1, new cl_device_id[] {id}, null, null, null);
        ClDeviceInfo info = new ClDeviceInfo(
                "test",
                text(id, CL.CL_DEVICE_NAME),
                ClDeviceType.CPU,
                text(id, CL.CL_DRIVER_VERSION),
                text(id, CL.CL_DEVICE_VERSION),
                2,
                1L << 30,
                1L << 28,
                1L << 15,
                1024,
                true,
                false);
        return new TestDevice(
                new ClDevice(info, id, context, 0),
                CL.clCreateCommandQueue(context, id, CL.CL_QUEUE_PROFILING_ENABLE, null));
    }

    private static String text(cl_device_id id, int which) {
        byte[] text = new byte[256];
        CL.clGetDeviceInfo(id, which, text.length, Pointer.to(text), null);
        return new String(text, StandardCharsets.UTF_8).replace("\0", "");
    }

    OpenClNumerics numerics(ClKernels kernels) {
        return new OpenClNumerics(device, kernels, queue, new OpenClNumerics.Exchange() {
            @Override
            public float[][] collective(dev.kneepoint.plan.CollectiveKind kind, float[][] inputs) {
                throw new UnsupportedOperationException("kernels alone have no collectives");
            }

            @Override
            public float[] sendReceive(float[] message) {
                throw new UnsupportedOperationException("kernels alone send nothing");
            }
        });
    }

    @Override
    public void close() {
        CL.clReleaseCommandQueue(queue);
        CL.clReleaseContext(device.context());
    }
}
