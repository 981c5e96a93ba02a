package dev.kneepoint.backend.cuda;

import com.google.common.collect.ImmutableList;
import dev.kneepoint.backend.cuda.library.LibraryLookup;
import dev.kneepoint.backend.cuda.library.NativeLibrary;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * Where cuBLAS may lie. Immutable.
 *
 * @param byLoader whether the loader's path, with {@code LD_LIBRARY_PATH}, is asked first
 * @param folders folders asked after it, in this order
 */
record CublasPlaces(boolean byLoader, List<Path> folders) {
    private static final List<Integer> MAJORS = List.of(13, 12);
    private static final List<String> INSIDE = List.of("lib64", "targets/x86_64-linux/lib");
    private static final Path LOCAL = Path.of("/usr/local");

    CublasPlaces {
        folders = ImmutableList.copyOf(folders);
    }

    /**
     * The usual places of Linux.
     *
     * @param environment variables, of which {@code CUDA_HOME} and {@code CUDA_PATH} name folders of CUDA
     */
    static CublasPlaces usual(Map<String, String> environment) {
        List<Path> toolkits = new ArrayList<>();
        for (String variable : List.of("CUDA_HOME", "CUDA_PATH")) {
            String folder = environment.getOrDefault(variable, "");
            if (!folder.isEmpty()) {
                toolkits.add(Path.of(folder));
            }
        }
        toolkits.addAll(toolkits(LOCAL));
        List<Path> folders = new ArrayList<>();
        toolkits.forEach(t -> INSIDE.forEach(i -> folders.add(t.resolve(i))));
        folders.add(Path.of("/usr/lib/x86_64-linux-gnu"));
        return new CublasPlaces(true, folders.stream().distinct().toList());
    }

    /** {@code cuda}, then {@code cuda-*} by name, the last first. */
    static List<Path> toolkits(Path folder) {
        List<Path> found = new ArrayList<>();
        found.add(folder.resolve("cuda"));
        if (Files.isDirectory(folder)) {
            try (Stream<Path> inside = Files.list(folder)) {
                inside.filter(p -> p.getFileName().toString().startsWith("cuda-"))
                        .sorted(Comparator.reverseOrder())
                        .forEach(found::add);
            } catch (IOException | UncheckedIOException e) {
                // A folder that cannot be listed holds nothing that could be loaded.
            }
        }
        return found;
    }

    /**
     * Looks for cuBLAS 13, then 12.
     *
     * @param driverMajor the major version of CUDA that the driver is made for: a later cuBLAS would not run on it
     */
    LibraryLookup<CublasLibrary> find(int driverMajor) {
        List<String> files = MAJORS.stream()
                .filter(m -> m <= driverMajor)
                .map(m -> "libcublas.so." + m)
                .toList();
        if (files.isEmpty()) {
            return new LibraryLookup.Missing<>("the driver is made for CUDA " + driverMajor
                    + ", and cuBLAS must be of 12 or 13; update the driver");
        }
        List<String> reasons = new ArrayList<>();
        for (String file : files) {
            for (String candidate : candidates(file)) {
                LibraryLookup<CublasLibrary> lookup = CublasLibrary.open(candidate);
                if (lookup.found().isPresent()) {
                    return lookup;
                }
                // That the loader knows no such name is what the sentence below says.
                if (!lookup.reason().equals(NativeLibrary.unloadable(file))) {
                    reasons.add(lookup.reason());
                }
            }
        }
        return new LibraryLookup.Missing<>(
                reasons.isEmpty() ? "no " + String.join(" or ", files) + " " + words() : String.join("; ", reasons));
    }

    /** Names for the loader and paths of files that exist, for a file's name. */
    private List<String> candidates(String file) {
        List<String> candidates = new ArrayList<>();
        if (byLoader) {
            candidates.add(file);
        }
        folders.stream()
                .map(f -> f.resolve(file))
                .filter(Files::isRegularFile)
                .forEach(p -> candidates.add(p.toString()));
        return candidates;
    }

    private String words() {
        List<String> places = new ArrayList<>();
        if (byLoader) {
            places.add("on the loader's path");
        }
        if (!folders.isEmpty()) {
            places.add("in "
                    + String.join(", ", folders.stream().map(Path::toString).toList()));
        }
        return String.join(" or ", places);
    }
}
