package dev.kneepoint.backend.cuda;

import dev.kneepoint.backend.engine.EngineOptions;
import dev.kneepoint.backend.engine.OptionReader;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Options of the backend.
 *
 * @param devices what to run on, as {@link DeviceChoice} reads it; empty for all
 * @param engine how plans are run
 * @param cublas what multiplies matrices
 * @param tensorFloat whether cuBLAS may take single precision to TF32
 */
record CudaOptions(List<String> devices, EngineOptions engine, CublasChoice cublas, boolean tensorFloat) {
    private static final String DEVICE = "device";
    private static final String CUBLAS = "cublas";
    private static final String OFF = "off";
    private static final String TENSOR_FLOAT = "tf32";

    /** Names of the options that other backends on devices do not have, without the backend's name. */
    static final List<String> NAMES = List.of(DEVICE, CUBLAS, TENSOR_FLOAT);

    /**
     * Which cuBLAS is used.
     *
     * @param wanted false for our own kernels
     * @param path the library; empty to look in the usual places
     */
    record CublasChoice(boolean wanted, Optional<Path> path) {}

    static CudaOptions of(Map<String, String> options) {
        OptionReader reader = new OptionReader("cuda", options, NAMES);
        boolean wanted = !reader.text(CUBLAS).equals(Optional.of(OFF));
        return new CudaOptions(
                reader.list(DEVICE),
                reader.engine(),
                new CublasChoice(wanted, wanted ? reader.path(CUBLAS, "a library or 'off'") : Optional.empty()),
                reader.word(TENSOR_FLOAT, OFF, "on").equals("on"));
    }
}
