package dev.kneepoint.backend.opencl;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import org.jocl.CL;
import org.jocl.Pointer;
import org.jocl.Sizeof;
import org.jocl.cl_device_id;

/**
 * What is compiled for a device.
 *
 * @param text OpenCL C 1.2
 * @param options of the compiler
 * @param vector floats in a vector
 * @param rows rows of a block in registers; 0 if the form has none
 */
record KernelSource(String text, String options, int vector, int rows) {
    private static final int GPU_VECTOR = 4;
    /** Vectors of a block's row: 8 times 2 sums and their operands just fit the 32 registers of AVX-512. */
    static final int PANEL = 2;

    /** The source of a form, fitted to a device. */
    static KernelSource of(KernelForm form, cl_device_id device) {
        int vector = form == KernelForm.GPU ? GPU_VECTOR : vector(device);
        long arithmetic = number(device, CL.CL_DEVICE_SINGLE_FP_CONFIG);
        return of(form, vector, (arithmetic & CL.CL_FP_CORRECTLY_ROUNDED_DIVIDE_SQRT) != 0);
    }

    /**
     * The source of a form.
     *
     * @param vector floats in a vector: 4, 8 or 16; 4 for GPUs
     * @param exactDivision whether the compiler can be asked for correctly rounded divisions
     */
    static KernelSource of(KernelForm form, int vector, boolean exactDivision) {
        int rows = form == KernelForm.GPU ? 0 : vector == 16 ? 8 : 4;
        // Moments that have decayed below the normal range would take a processor a hundred cycles each; GPUs flush
        // them.
        StringBuilder options =
                new StringBuilder("-cl-std=CL1.2 -cl-mad-enable -cl-denorms-are-zero -DVECTOR=" + vector);
        if (form == KernelForm.CPU) {
            options.append(" -DROWS=").append(rows).append(" -DPANEL=").append(PANEL);
        }
        if (exactDivision) {
            options.append(" -cl-fp32-correctly-rounded-divide-sqrt");
        }
        StringBuilder text = new StringBuilder();
        form.parts().forEach(part -> text.append(read(part)));
        return new KernelSource(text.toString(), options.toString(), vector, rows);
    }

    /** The same with one more option of the compiler. */
    KernelSource with(String option) {
        return new KernelSource(text, options + " " + option, vector, rows);
    }

    private static int vector(cl_device_id device) {
        long natural = number(device, CL.CL_DEVICE_NATIVE_VECTOR_WIDTH_FLOAT);
        return natural >= 16 ? 16 : natural >= 8 ? 8 : 4;
    }

    private static long number(cl_device_id device, int parameter) {
        // Zeros above an answer of four bytes: every device that is known stores the low bytes first.
        long[] value = {0};
        Cl.call(
                "clGetDeviceInfo",
                () -> CL.clGetDeviceInfo(
                        device,
                        parameter,
                        parameter == CL.CL_DEVICE_SINGLE_FP_CONFIG ? Sizeof.cl_ulong : Sizeof.cl_uint,
                        Pointer.to(value),
                        null));
        return value[0];
    }

    private static String read(String part) {
        String name = part + ".cl";
        try (InputStream in = KernelSource.class.getResourceAsStream(name)) {
            if (in == null) {
                throw new IllegalStateException(name + " is missing from the jar of backend opencl");
            }
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read " + name + " from the jar of backend opencl", e);
        }
    }
}
