package dev.kneepoint.samples;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** The launcher script, in a made-up checkout that is already built and with made-up JDKs; nothing is built here. */
@DisabledOnOs(OS.WINDOWS)
class LauncherTest {
    private static final String MAIN_CLASS = "dev.kneepoint.samples.cli.KneepointCli";

    private final Path temp;
    private final Path repo;
    private final Path jdks;
    private final Path tools;
    private final Path stamp;

    private record Result(int exit, List<String> out, String err) {}

    LauncherTest(@TempDir Path temp) throws IOException {
        this.temp = temp.toRealPath();
        this.repo = this.temp.resolve("a checkout  with spaces");
        this.jdks = this.temp.resolve("some jdks");
        this.tools = this.temp.resolve("some tools");
        Path target = Files.createDirectories(repo.resolve("samples/target/quick"));
        Files.createDirectories(repo.resolve("samples/src/main/java"));
        Files.createDirectories(jdks);
        Files.copy(original(), repo.resolve("kneepoint"), StandardCopyOption.COPY_ATTRIBUTES);
        Files.writeString(repo.resolve("pom.xml"), "<project/>");
        Files.writeString(repo.resolve("samples/pom.xml"), "<project/>");
        stamp = Files.writeString(target.resolve("kneepoint.stamp"), "");
        Files.setLastModifiedTime(stamp, FileTime.from(Instant.now().plusSeconds(60)));
    }

    @Test
    void saysWhereItLookedWhenThereIsNoJdk() throws Exception {
        Result result = launch(repo.resolve("kneepoint"), temp, Map.of(), "whatever");

        assertThat(result.exit()).isEqualTo(2);
        assertThat(result.out()).isEmpty();
        assertThat(result.err().lines())
                .singleElement()
                .asString()
                .startsWith("kneepoint: no JDK 25 or newer found in $JDK25_HOME")
                .contains("$JAVA_HOME", jdks + "/*", "install a JDK 25, e.g. Temurin 25");
    }

    @Test
    void refusesAnOlderJdkWhereverItIs() throws Exception {
        Path old = jdk("jdk-17", "17.0.12");

        Result result = launch(
                repo.resolve("kneepoint"), temp, Map.of("JAVA_HOME", old.toString(), "JDK25_HOME", old.toString()));

        assertThat(result.exit()).isEqualTo(2);
        assertThat(result.out()).isEmpty();
        assertThat(result.err().lines()).singleElement().asString().contains("no JDK 25", old.toString());
    }

    @Test
    void refusesARuntimeWithoutACompiler() throws Exception {
        Files.delete(jdk("jre-25", "25").resolve("bin/javac"));

        assertThat(launch(repo.resolve("kneepoint"), temp, Map.of()).exit()).isEqualTo(2);
    }

    @Test
    void passesArgumentsUntouched() throws Exception {
        jdk("jdk-17", "17.0.12");
        jdk("jdk-25", "25");
        String[] args = {"sweep", "two  words", "", "*", "$HOME", "-Dx=y", "it's \"quoted\""};

        Result result = launch(repo.resolve("kneepoint"), temp, Map.of(), args);

        assertThat(result.exit()).isEqualTo(7);
        assertThat(result.err()).isEmpty();
        assertThat(result.out())
                .contains(
                        "-cp",
                        repo + "/samples/target/quick/kneepoint-samples.jar:" + repo + "/samples/target/quick/lib/*");
        assertThat(afterMain(result)).containsExactly(args);
    }

    @Test
    void prefersTheNamedJdkToTheSearch() throws Exception {
        jdk("jdk-25", "25");
        Path named = Files.move(jdk("jdk-26", "26-ea"), temp.resolve("named jdk"));

        Result result = launch(repo.resolve("kneepoint"), temp, Map.of("JDK25_HOME", named.toString()));

        assertThat(result.out()).first().isEqualTo("java: " + named.resolve("bin/java"));
    }

    @Test
    void worksThroughSymbolicLinksFromElsewhere() throws Exception {
        jdk("jdk-25", "25");
        Path elsewhere = Files.createDirectories(temp.resolve("else where"));
        Files.createSymbolicLink(temp.resolve("first"), Path.of(repo.getFileName() + "/kneepoint"));
        Path link = Files.createSymbolicLink(elsewhere.resolve("second"), Path.of("../first"));

        Result result = launch(link, elsewhere, Map.of(), "a b");

        assertThat(result.err()).isEmpty();
        assertThat(result.out()).contains("cwd: " + elsewhere);
        assertThat(result.out()).anyMatch(line -> line.startsWith(repo + "/samples/target/quick/"));
        assertThat(afterMain(result)).containsExactly("a b");
    }

    @Test
    void writesOnlyBelowTarget() throws Exception {
        jdk("jdk-25", "25");
        List<Path> before = outsideTarget();

        launch(repo.resolve("kneepoint"), temp, Map.of());

        assertThat(outsideTarget()).isEqualTo(before);
    }

    @Test
    void buildsOnceWithOneLineAndDoesNotBuildAgain() throws Exception {
        jdk("jdk-25", "25");
        maven("echo built; exit 0");
        Files.delete(stamp);

        Result first = launch(repo.resolve("kneepoint"), temp, Map.of(), "a b");
        Result second = launch(repo.resolve("kneepoint"), temp, Map.of(), "a b");

        assertThat(first.err().lines()).singleElement().asString().startsWith("kneepoint: building");
        assertThat(afterMain(first)).containsExactly("a b");
        assertThat(second.err()).isEmpty();
    }

    @Test
    void buildsAgainWhenASourceIsNewer() throws Exception {
        jdk("jdk-25", "25");
        maven("exit 0");
        Path source = Files.writeString(repo.resolve("samples/src/main/java/New.java"), "class New {}");
        Files.setLastModifiedTime(source, FileTime.from(Instant.now().plusSeconds(120)));

        Result result = launch(repo.resolve("kneepoint"), temp, Map.of());

        assertThat(result.err()).startsWith("kneepoint: building");
    }

    @Test
    void showsWhatMavenSaidWhenTheBuildFails() throws Exception {
        jdk("jdk-25", "25");
        maven("echo 'Foo.java: no such thing'; exit 3");
        Files.delete(stamp);

        Result result = launch(repo.resolve("kneepoint"), temp, Map.of());

        assertThat(result.exit()).isEqualTo(1);
        assertThat(result.out()).isEmpty();
        assertThat(result.err().lines().skip(1)).containsExactly("Foo.java: no such thing");
        assertThat(stamp).doesNotExist();
    }

    @Test
    void saysSoWhenThereIsNoMaven() throws Exception {
        jdk("jdk-25", "25");
        onlyOwnTools();
        Files.delete(stamp);

        Result result = launch(repo.resolve("kneepoint"), temp, Map.of("PATH", tools.toString()));

        assertThat(result.exit()).isEqualTo(2);
        assertThat(result.out()).isEmpty();
        assertThat(result.err().lines())
                .singleElement()
                .asString()
                .startsWith("kneepoint: Maven is needed")
                .contains("install Maven 3.8 or newer");
    }

    @Test
    void handsTestOptionsToMaven() throws Exception {
        jdk("jdk-25", "25");
        maven("printf '%s\\n' \"$@\"; exit 5");
        Files.createDirectories(tools);
        tool("chromium", "exit 0");

        Path drivers = Files.createDirectories(temp.resolve("drivers"));
        Files.writeString(drivers.resolve("some.icd"), "libsome.so");

        Result result = launch(
                repo.resolve("kneepoint"),
                temp,
                Map.of("OCL_ICD_VENDORS", drivers.toString()),
                "test",
                "--long",
                "-Dtest=A b");

        assertThat(result.exit()).isEqualTo(5);
        assertThat(result.out()).containsExactly("-B", "verify", "-Plong,jmh", "-Dtest=A b");
        assertThat(result.err()).isEmpty();
    }

    private void maven(String script) throws IOException {
        Files.createDirectories(tools);
        tool("mvn", script);
    }

    private void tool(String name, String script) throws IOException {
        Path file = Files.writeString(tools.resolve(name), "#!/bin/sh\n" + script + "\n");
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
    }

    /** What the launcher itself calls, and nothing else. */
    private void onlyOwnTools() throws IOException {
        Files.createDirectories(tools);
        for (String name : List.of("bash", "env", "dirname", "readlink", "find", "mkdir", "rm", "mv", "cat")) {
            Path file = Stream.of("/bin", "/usr/bin", "/usr/local/bin")
                    .map(folder -> Path.of(folder, name))
                    .filter(Files::exists)
                    .findFirst()
                    .orElseThrow(() -> new AssertionError("no " + name));
            tool(name, "exec " + file + " \"$@\"");
        }
    }

    private List<Path> outsideTarget() throws IOException {
        try (Stream<Path> files = Files.walk(temp)) {
            return files.filter(file -> !file.startsWith(repo.resolve("samples/target")))
                    .filter(file -> !file.startsWith(temp.resolve("captured")))
                    .sorted()
                    .toList();
        }
    }

    private static List<String> afterMain(Result result) {
        return result.out()
                .subList(result.out().indexOf(MAIN_CLASS) + 1, result.out().size());
    }

    /** A folder that looks like a JDK; its java prints its own path, the folder it runs in and its arguments. */
    private Path jdk(String name, String version) throws IOException {
        Path home = jdks.resolve(name);
        Files.createDirectories(home.resolve("bin"));
        Files.writeString(home.resolve("release"), "IMPLEMENTOR=\"x\"\nJAVA_VERSION=\"" + version + "\"\n");
        for (String tool : List.of("java", "javac")) {
            Path file = Files.writeString(home.resolve("bin").resolve(tool), """
                    #!/bin/sh
                    printf '%s\\n' "java: $0" "cwd: $PWD" "$@"
                    exit 7
                    """);
            Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
        }
        return home;
    }

    private Result launch(Path launcher, Path directory, Map<String, String> environment, String... args)
            throws IOException, InterruptedException {
        Path captured = Files.createDirectories(temp.resolve("captured"));
        ProcessBuilder builder = new ProcessBuilder(
                Stream.concat(Stream.of(launcher.toString()), Stream.of(args)).toList());
        builder.directory(directory.toFile());
        builder.environment().keySet().removeAll(List.of("JAVA_HOME", "JDK25_HOME"));
        builder.environment().put("KNEEPOINT_JDK_PATH", temp.resolve("none") + ":" + jdks);
        builder.environment().put("PATH", tools + ":" + System.getenv("PATH"));
        builder.environment().putAll(environment);
        Path out = captured.resolve("out");
        Path err = captured.resolve("err");
        Process process =
                builder.redirectOutput(out.toFile()).redirectError(err.toFile()).start();
        process.getOutputStream().close();
        if (!process.waitFor(5, TimeUnit.MINUTES)) {
            process.destroyForcibly();
            throw new AssertionError("the launcher did not end: " + Files.readString(err, UTF_8));
        }
        return new Result(process.exitValue(), Files.readAllLines(out, UTF_8), Files.readString(err, UTF_8));
    }

    private static Path original() {
        Path folder = Path.of("").toAbsolutePath();
        while (!Files.exists(folder.resolve("kneepoint"))) {
            Path parent = folder.getParent();
            if (parent == null) {
                throw new AssertionError("no launcher above " + Path.of("").toAbsolutePath());
            }
            folder = parent;
        }
        return folder.resolve("kneepoint");
    }
}
