package dev.kneepoint.backend.opencl;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Optional;
import org.jocl.CL;
import org.jocl.CLException;
import org.jocl.Pointer;
import org.jocl.Sizeof;
import org.jocl.cl_device_id;
import org.jocl.cl_program;

/** Makes programs for a device: from the cache if it has one that the driver takes, else from source. */
final class ProgramBuilder {
    private final ClDevice device;
    private final ProgramCache cache;

    ProgramBuilder(ClDevice device, ProgramCache cache) {
        this.device = device;
        this.cache = cache;
    }

    /**
     * A built program, which the caller releases.
     *
     * @throws OpenClException with the compiler's log if the source does not build
     */
    cl_program build(KernelSource source) {
        try (SignalHandlers kept = SignalHandlers.keep()) {
            return cachedOrCompiled(source);
        }
    }

    private cl_program cachedOrCompiled(KernelSource source) {
        String key = ProgramCache.key(device.info(), source);
        Optional<cl_program> cached = cache.load(key).flatMap(binary -> load(binary, source));
        if (cached.isPresent()) {
            return cached.get();
        }
        cl_program program = Cl.call(
                "clCreateProgramWithSource",
                () -> CL.clCreateProgramWithSource(device.context(), 1, new String[] {source.text()}, null, null));
        try {
            CL.clBuildProgram(program, 1, new cl_device_id[] {device.id()}, source.options(), null, null);
        } catch (CLException e) {
            String log = log(program);
            CL.clReleaseProgram(program);
            throw OpenClException.build(
                    "clBuildProgram for device '" + device.info().name() + "'",
                    e.getStatus(),
                    CL.stringFor_errorCode(e.getStatus()),
                    log);
        }
        if (cache.keeps()) {
            // Only then: some drivers finish compiling every kernel before they hand the binary out.
            binary(program).ifPresent(binary -> cache.store(key, binary));
        }
        return program;
    }

    /** A driver may refuse what it wrote itself, after an update that kept its version: then the source is built. */
    private Optional<cl_program> load(byte[] binary, KernelSource source) {
        cl_program program = null;
        try {
            program = CL.clCreateProgramWithBinary(
                    device.context(),
                    1,
                    new cl_device_id[] {device.id()},
                    new long[] {binary.length},
                    new byte[][] {binary},
                    new int[1],
                    null);
            CL.clBuildProgram(program, 1, new cl_device_id[] {device.id()}, source.options(), null, null);
            return Optional.of(program);
        } catch (CLException e) {
            if (program != null) {
                CL.clReleaseProgram(program);
            }
            return Optional.empty();
        }
    }

    /** The device's part of the program; a program has one for each device of its context. */
    private Optional<byte[]> binary(cl_program program) {
        try {
            int[] count = new int[1];
            CL.clGetProgramInfo(program, CL.CL_PROGRAM_NUM_DEVICES, Sizeof.cl_uint, Pointer.to(count), null);
            cl_device_id[] devices = new cl_device_id[count[0]];
            Arrays.setAll(devices, i -> new cl_device_id());
            CL.clGetProgramInfo(
                    program, CL.CL_PROGRAM_DEVICES, (long) Sizeof.cl_device_id * count[0], Pointer.to(devices), null);
            long[] sizes = new long[count[0]];
            CL.clGetProgramInfo(
                    program, CL.CL_PROGRAM_BINARY_SIZES, (long) Sizeof.size_t * count[0], Pointer.to(sizes), null);
            byte[][] binaries = new byte[count[0]][];
            Arrays.setAll(binaries, i -> new byte[Math.toIntExact(sizes[i])]);
            Pointer[] places = new Pointer[count[0]];
            Arrays.setAll(places, i -> sizes[i] == 0 ? new Pointer() : Pointer.to(binaries[i]));
            CL.clGetProgramInfo(
                    program, CL.CL_PROGRAM_BINARIES, (long) Sizeof.POINTER * count[0], Pointer.to(places), null);
            int mine = Arrays.asList(devices).indexOf(device.id());
            return mine < 0 || sizes[mine] == 0 ? Optional.empty() : Optional.of(binaries[mine]);
        } catch (CLException | ArithmeticException e) {
            return Optional.empty();
        }
    }

    private String log(cl_program program) {
        try {
            long[] size = new long[1];
            CL.clGetProgramBuildInfo(program, device.id(), CL.CL_PROGRAM_BUILD_LOG, 0, null, size);
            byte[] text = new byte[Math.toIntExact(size[0])];
            CL.clGetProgramBuildInfo(
                    program, device.id(), CL.CL_PROGRAM_BUILD_LOG, text.length, Pointer.to(text), null);
            return new String(text, StandardCharsets.UTF_8).replace("\0", "").strip();
        } catch (CLException | ArithmeticException e) {
            return "(the driver gives no log)";
        }
    }
}
