package dev.kneepoint.backend.cuda;

import com.google.common.collect.ImmutableList;
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
 * @param graphs whether to measure what a step costs by launches and as a graph
 */
record CudaOptions(
        List<String> devices, EngineOptions engine, CublasChoice cublas, boolean tensorFloat, boolean graphs) {
    private static final String DEVICE = "device";
    private static final String CUBLAS = "cublas";
    private static final String OFF = "off";
    private static final String ON = "on";
    private static final String TENSOR_FLOAT = "tf32";
    private static final String GRAPHS = "graphs";

    /** Names of the options that other backends on these devices have too, without the backend's name. */
    static final List<String> NAMES = List.of(DEVICE, CUBLAS, TENSOR_FLOAT);

    /**
     * Which cuBLAS is used.
     *
     * @param wanted false for our own kernels
     * @param path the library; empty to look in the usual places
     */
    record CublasChoice(boolean wanted, Optional<Path> path) {}

    static CudaOptions of(Map<String, String> options) {
        OptionReader reader = new OptionReader(
                "cuda",
                options,
                ImmutableList.<String>builder().addAll(NAMES).add(GRAPHS).build());
        boolean wanted = !reader.text(CUBLAS).equals(Optional.of(OFF));
        return new CudaOptions(
                reader.list(DEVICE),
                reader.engine(),
                new CublasChoice(wanted, wanted ? reader.path(CUBLAS, "a library or 'off'") : Optional.empty()),
                reader.word(TENSOR_FLOAT, OFF, ON).equals(ON),
                reader.word(GRAPHS, OFF, ON).equals(ON));
    }
}
