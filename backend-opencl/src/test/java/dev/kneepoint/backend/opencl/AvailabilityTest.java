package dev.kneepoint.backend.opencl;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** What is answered where something of OpenCL is missing or broken: each time by a JVM of its own. */
@EnabledOnOs(OS.LINUX)
class AvailabilityTest {
    private static final String NATIVE = "--enable-native-access=ALL-UNNAMED";

    @TempDir
    Path temp;

    private record Answer(List<String> out, List<String> err) {
        /** The answer of the backend; nothing else may stand on either output, and no other backend may be lost. */
        String opencl() {
            assertThat(err).isEmpty();
            assertThat(out).hasSize(3);
            assertThat(out.get(0)).startsWith("cpu ready");
            assertThat(out.get(2)).startsWith("sim ready");
            return out.get(1);
        }
    }

    private static Answer java(Map<String, String> environment, String... arguments) throws Exception {
        List<String> command =
                new ArrayList<>(List.of(System.getProperty("java.home") + "/bin/java", "-XX:-UsePerfData"));
        command.addAll(List.of(arguments));
        if (!command.contains("-m")) {
            command.add(BackendsProgram.class.getName());
        }
        ProcessBuilder builder = new ProcessBuilder(command);
        builder.environment().remove("JAVA_TOOL_OPTIONS");
        builder.environment().putAll(environment);
        Path err = Files.createTempFile("backends", ".err");
        builder.redirectError(err.toFile());
        Process process = builder.start();
        String out = new String(process.getInputStream().readAllBytes(), UTF_8);
        assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
        Answer answer = new Answer(out.lines().toList(), Files.readAllLines(err));
        Files.delete(err);
        assertThat(process.exitValue()).as(answer.toString()).isZero();
        return answer;
    }

    private static String classPath(String without) {
        return Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator))
                .filter(p -> without.isEmpty()
                        || !Path.of(p).getFileName().toString().startsWith(without))
                .collect(Collectors.joining(File.pathSeparator));
    }

    private Answer withVendors(String content) throws Exception {
        Path folder = Files.createDirectories(temp.resolve("vendors"));
        if (!content.isEmpty()) {
            Files.writeString(folder.resolve("some.icd"), content + "\n");
        }
        return java(Map.of("OCL_ICD_VENDORS", folder + "/"), NATIVE, "-cp", classPath(""));
    }

    @Test
    void missingLoader_isSaid() throws Exception {
        // The name of the system decides which library is looked for: this one's is not here.
        String answer = java(Map.of(), NATIVE, "-Dos.name=Mac OS X", "-cp", classPath(""))
                .opencl();

        assertThat(answer)
                .startsWith("opencl missing there is no OpenCL loader (/System/Library/Frameworks")
                .contains("ocl-icd-libopencl1");
    }

    @Test
    void missingJocl_isSaid() throws Exception {
        String answer = java(Map.of(), NATIVE, "-cp", classPath("jocl")).opencl();

        assertThat(answer).startsWith("opencl missing ");
    }

    @Test
    void nativeAccessDenied_isSaid() throws Exception {
        String answer = java(Map.of(), "--illegal-native-access=deny", "-cp", classPath(""))
                .opencl();

        assertThat(answer)
                .startsWith("opencl missing native access is not allowed")
                .contains("--enable-native-access");
    }

    @Test
    void noDriver_isSaid() throws Exception {
        assertThat(withVendors("").opencl()).startsWith("opencl missing ").contains("pocl-opencl-icd");
    }

    @Test
    void driverThatNamesAMissingLibrary_isSaid() throws Exception {
        assertThat(withVendors("libnobodyhasthis.so.1").opencl())
                .startsWith("opencl missing ")
                .contains("/etc/OpenCL/vendors");
    }

    @Test
    void driverThatIsNoLibrary_isSaid() throws Exception {
        Path text = Files.writeString(temp.resolve("text.so"), "not a library");

        assertThat(withVendors(text.toString()).opencl()).startsWith("opencl missing ");
    }

    @Test
    void modulePath_findsTheBackendToo() throws Exception {
        List<String> parts = Arrays.asList(System.getProperty("java.class.path").split(File.pathSeparator));
        String modules =
                parts.stream().filter(p -> !p.endsWith("test-classes")).collect(Collectors.joining(File.pathSeparator));
        String tests = parts.stream()
                .filter(p -> p.endsWith("test-classes"))
                .findFirst()
                .orElseThrow();

        Answer answer = java(
                Map.of(),
                "--enable-native-access=dev.kneepoint.backend.opencl,jocl",
                "-p",
                modules,
                "--add-modules",
                "dev.kneepoint.backend.opencl",
                "--patch-module",
                "dev.kneepoint.backend.opencl=" + tests,
                "-m",
                "dev.kneepoint.backend.opencl/" + BackendsProgram.class.getName());

        assertThat(answer.opencl()).startsWith("opencl ");
    }
}
