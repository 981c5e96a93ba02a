package dev.kneepoint.backend.nccl;

import com.google.common.collect.ImmutableList;
import dev.kneepoint.backend.cuda.library.LibraryLookup;
import dev.kneepoint.backend.cuda.library.NativeLibrary;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;

/**
 * Where NCCL may lie. Immutable.
 *
 * @param byLoader whether the loader's path, with {@code LD_LIBRARY_PATH}, is asked first
 * @param places folders that may hold {@value NcclLibrary#FILE} and files, asked after it, in this order
 * @param asked who names the places, in words; empty where nobody does and they are the usual ones
 */
record NcclPlaces(boolean byLoader, List<Path> places, String asked) {
    /** Names the library's file, or its folder. */
    static final String VARIABLE = "KNEEPOINT_NCCL";

    private static final String REMEDY = "install it (Debian and Ubuntu: libnccl2 of NVIDIA's repository; pip:"
            + " nvidia-nccl-cu12 or nvidia-nccl-cu13; conda: nccl), or name it with the variable " + VARIABLE;
    private static final String PACKAGE = "nvidia/nccl/lib";
    private static final Path LOCAL = Path.of("/usr/local");

    NcclPlaces {
        places = ImmutableList.copyOf(places);
    }

    /**
     * Where to look: at one place where somebody names it, else at the usual ones of Linux.
     *
     * @param option a file or a folder; empty if no option names one
     * @param environment variables, of which {@value #VARIABLE} names a file or a folder, {@code NCCL_HOME},
     *     {@code VIRTUAL_ENV} and {@code CONDA_PREFIX} folders of what is installed
     * @param home the user's folder
     */
    static NcclPlaces of(String option, Map<String, String> environment, Path home) {
        if (!option.isEmpty()) {
            return new NcclPlaces(false, List.of(Path.of(option)), "the option names");
        }
        String named = environment.getOrDefault(VARIABLE, "");
        if (!named.isEmpty()) {
            return new NcclPlaces(false, List.of(Path.of(named)), VARIABLE + " names");
        }
        return usual(environment, home);
    }

    private static NcclPlaces usual(Map<String, String> environment, Path home) {
        List<Path> folders = new ArrayList<>();
        folder(environment, "NCCL_HOME").forEach(f -> folders.add(f.resolve("lib")));
        folder(environment, "VIRTUAL_ENV").forEach(f -> folders.addAll(packages(f.resolve("lib"))));
        for (Path conda : folder(environment, "CONDA_PREFIX")) {
            folders.add(conda.resolve("lib"));
            folders.addAll(packages(conda.resolve("lib")));
        }
        folders.addAll(packages(home.resolve(".local/lib")));
        folders.addAll(packages(LOCAL.resolve("lib")));
        folders.addAll(packages(Path.of("/usr/lib")));
        folders.add(Path.of("/usr/lib/x86_64-linux-gnu"));
        folders.add(LOCAL.resolve("cuda/lib64"));
        folders.add(LOCAL.resolve("lib"));
        return new NcclPlaces(true, folders, "");
    }

    private static List<Path> folder(Map<String, String> environment, String variable) {
        String folder = environment.getOrDefault(variable, "");
        return folder.isEmpty() ? List.of() : List.of(Path.of(folder));
    }

    /** Where pip puts NCCL, for each Python below a folder, the last by name first. */
    private static List<Path> packages(Path lib) {
        List<Path> found = new ArrayList<>();
        if (Files.isDirectory(lib)) {
            try (DirectoryStream<Path> pythons = Files.newDirectoryStream(lib, "python3*")) {
                for (Path python : pythons) {
                    found.add(python.resolve("site-packages").resolve(PACKAGE));
                    found.add(python.resolve("dist-packages").resolve(PACKAGE));
                }
            } catch (IOException e) {
                // A folder that cannot be listed holds nothing that could be loaded.
            }
        }
        found.sort(Comparator.reverseOrder());
        return found;
    }

    /** Loads the first that can be used, or says why none can. */
    LibraryLookup<NcclLibrary> find() {
        List<String> reasons = new ArrayList<>();
        for (String candidate : candidates()) {
            LibraryLookup<NcclLibrary> lookup = NcclLibrary.open(candidate);
            if (lookup.found().isPresent()) {
                return lookup;
            }
            // That the loader knows no such name is what the sentence below says.
            if (!lookup.reason().equals(NativeLibrary.unloadable(NcclLibrary.FILE))) {
                reasons.add(lookup.reason());
            }
        }
        return new LibraryLookup.Missing<>(reasons.isEmpty() ? missing() : String.join("; ", reasons));
    }

    private List<String> candidates() {
        List<String> candidates = new ArrayList<>();
        if (byLoader) {
            candidates.add(NcclLibrary.FILE);
        }
        places.stream()
                .map(p -> Files.isDirectory(p) ? p.resolve(NcclLibrary.FILE) : p)
                .filter(Files::isRegularFile)
                .forEach(p -> candidates.add(p.toAbsolutePath().toString()));
        return candidates;
    }

    private String missing() {
        return asked.isEmpty()
                ? "no " + NcclLibrary.FILE + " on the loader's path or where pip and conda put it; " + REMEDY
                : asked + " " + places.getFirst() + ", where there is no " + NcclLibrary.FILE;
    }
}
