package dev.kneepoint.backend.opencl;

import dev.kneepoint.backend.engine.DeviceArrays;
import dev.kneepoint.backend.engine.DeviceBuffer;
import dev.kneepoint.backend.engine.DeviceKernels;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import org.jocl.cl_program;

/** Runs one of the kernels of {@code faulty.cl}, whose name is the argument, on a group of four. */
final class FaultyRun {
    private FaultyRun() {}

    public static void main(String[] args) throws IOException {
        String text;
        try (InputStream in = FaultyRun.class.getResourceAsStream("faulty.cl")) {
            text = new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
        try (TestDevice device = TestDevice.bare()) {
            cl_program program = new ProgramBuilder(device.device, new ProgramCache(Optional.empty()))
                    .build(new KernelSource(text, "-cl-std=CL1.2", 4, 4));
            try (Launcher launcher = new Launcher(program, 4, List.of(args));
                    DeviceArrays arrays = device.arrays()) {
                DeviceBuffer out = arrays.of(new int[4]);
                device.finish(launcher.launch(device.queue, args[0], new long[] {1}, DeviceKernels.NOTHING, out));
            }
        }
        System.out.println("done");
    }
}
