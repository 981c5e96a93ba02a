package dev.kneepoint.samples.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** Runs the C program that makes the same calls as the backend. */
final class RivalProgram {
    private static final ObjectMapper JSON = new ObjectMapper();

    private RivalProgram() {}

    /** The words that start it for a backend's options; a device that is no number is the first one to it. */
    static List<String> command(Path program, Map<String, String> options) {
        List<String> words = new ArrayList<>(List.of(program.toString()));
        String device = options.getOrDefault("cuda.device", "");
        if (device.matches("\\d{1,6}")) {
            words.addAll(List.of("--device", device));
        }
        String cublas = options.getOrDefault("cuda.cublas", "");
        if (!cublas.isEmpty() && !cublas.equals("off")) {
            words.addAll(List.of("--cublas", cublas));
        }
        return words;
    }

    /**
     * Runs it.
     *
     * @param most longest time; it is ended then
     * @return what it printed: device, figures, problems
     * @throws IOException if it cannot be started, takes too long or prints no JSON
     */
    static JsonNode run(List<String> command, Duration most) throws IOException, InterruptedException {
        Path printed = Files.createTempFile("rivals", ".json");
        try {
            Process process = new ProcessBuilder(command)
                    .redirectOutput(printed.toFile())
                    .redirectError(ProcessBuilder.Redirect.INHERIT)
                    .start();
            if (!process.waitFor(most.toMillis(), TimeUnit.MILLISECONDS)) {
                process.destroyForcibly();
                throw new IOException(command.getFirst() + " did not end within " + most.toSeconds() + " s");
            }
            JsonNode json = JSON.readTree(printed.toFile());
            if (json == null || !json.has("figures")) {
                throw new IOException(
                        command.getFirst() + " ended with " + process.exitValue() + " and printed no figures");
            }
            return json;
        } finally {
            Files.delete(printed);
        }
    }
}
