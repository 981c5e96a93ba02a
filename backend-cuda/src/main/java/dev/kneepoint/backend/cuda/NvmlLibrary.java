package dev.kneepoint.backend.cuda;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import com.google.common.collect.Maps;
import dev.kneepoint.backend.cuda.library.LibraryLookup;
import dev.kneepoint.backend.cuda.library.NativeLibrary;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The functions of a loaded NVML, each answering with its status. Immutable and thread-safe. */
final class NvmlLibrary {
    /** The name under which every driver of Linux installs it. */
    static final String NAME = "libnvidia-ml.so.1";

    /** Stands in for what an older library lacks. */
    private static final MethodHandle ABSENT = MethodHandles.dropArguments(
            MethodHandles.constant(int.class, NvmlStatus.FUNCTION_NOT_FOUND), 0, long.class, MemorySegment.class);

    private final NativeLibrary library;
    private final MethodHandle init;
    private final MethodHandle shutdown;
    private final MethodHandle systemGetDriverVersion;
    private final MethodHandle deviceGetHandleByPciBusId;
    private final MethodHandle deviceGetHandleByUuid;
    private final MethodHandle deviceGetName;
    private final Map<NvmlFigure, MethodHandle> figures;
    private final Optional<MethodHandle> statusText;

    private NvmlLibrary(NativeLibrary library) {
        this.library = library;
        init = library.bind("nvmlInit_v2");
        shutdown = library.bind("nvmlShutdown");
        systemGetDriverVersion = library.bind("nvmlSystemGetDriverVersion", ADDRESS, JAVA_INT);
        deviceGetHandleByPciBusId = library.bind("nvmlDeviceGetHandleByPciBusId_v2", ADDRESS, ADDRESS);
        deviceGetHandleByUuid = library.bind("nvmlDeviceGetHandleByUUID", ADDRESS, ADDRESS);
        deviceGetName = library.bind("nvmlDeviceGetName", JAVA_LONG, ADDRESS, JAVA_INT);
        figures = Maps.immutableEnumMap(Maps.toMap(Arrays.asList(NvmlFigure.values()), this::bind));
        statusText = library.bindText("nvmlErrorString");
    }

    /**
     * Loads NVML.
     *
     * @param nameOrPath {@link #NAME}, or a path
     */
    static LibraryLookup<NvmlLibrary> open(String nameOrPath) {
        return NativeLibrary.open(nameOrPath).bind(NvmlLibrary::new);
    }

    private MethodHandle bind(NvmlFigure figure) {
        List<MemoryLayout> parameters = new ArrayList<>();
        parameters.add(JAVA_LONG);
        figure.selectors().forEach(s -> parameters.add(JAVA_INT));
        parameters.add(ADDRESS);
        return figure.functions().stream()
                .flatMap(f -> library.bindOptional(f, parameters.toArray(MemoryLayout[]::new)).stream())
                .findFirst()
                .map(h -> MethodHandles.insertArguments(h, 1, figure.selectors().toArray()))
                .orElse(ABSENT);
    }

    /** What it was loaded by: a name for the loader or a path. */
    String name() {
        return library.name();
    }

    /** A status in words; empty if the library does not say. */
    String text(int status) {
        return NativeLibrary.text(statusText, status);
    }

    int init() {
        try {
            return (int) init.invokeExact();
        } catch (Throwable e) {
            throw NativeLibrary.wrongSignature(e);
        }
    }

    int shutdown() {
        try {
            return (int) shutdown.invokeExact();
        } catch (Throwable e) {
            throw NativeLibrary.wrongSignature(e);
        }
    }

    int systemGetDriverVersion(MemorySegment text, int length) {
        try {
            return (int) systemGetDriverVersion.invokeExact(text, length);
        } catch (Throwable e) {
            throw NativeLibrary.wrongSignature(e);
        }
    }

    int deviceGetHandleByPciBusId(MemorySegment busId, MemorySegment device) {
        try {
            return (int) deviceGetHandleByPciBusId.invokeExact(busId, device);
        } catch (Throwable e) {
            throw NativeLibrary.wrongSignature(e);
        }
    }

    int deviceGetHandleByUuid(MemorySegment uuid, MemorySegment device) {
        try {
            return (int) deviceGetHandleByUuid.invokeExact(uuid, device);
        } catch (Throwable e) {
            throw NativeLibrary.wrongSignature(e);
        }
    }

    int deviceGetName(long device, MemorySegment text, int length) {
        try {
            return (int) deviceGetName.invokeExact(device, text, length);
        } catch (Throwable e) {
            throw NativeLibrary.wrongSignature(e);
        }
    }

    /** Writes a figure of a device; NVML_ERROR_FUNCTION_NOT_FOUND where the library is too old for it. */
    int figure(NvmlFigure figure, long device, MemorySegment value) {
        MethodHandle handle = figures.getOrDefault(figure, ABSENT);
        try {
            return (int) handle.invokeExact(device, value);
        } catch (Throwable e) {
            throw NativeLibrary.wrongSignature(e);
        }
    }
}
