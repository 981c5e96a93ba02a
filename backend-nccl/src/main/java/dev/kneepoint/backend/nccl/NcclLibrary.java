package dev.kneepoint.backend.nccl;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import dev.kneepoint.backend.cuda.library.LibraryLookup;
import dev.kneepoint.backend.cuda.library.NativeLibrary;
import dev.kneepoint.backend.nccl.bindings.ncclUniqueId;
import dev.kneepoint.backend.nccl.bindings.nccl_subset_h;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.util.NoSuchElementException;

/**
 * The process's NCCL. There is one in a process, the first that is loaded: the generated bindings ask the loader for
 * {@value #FILE}, which then is this one by its own name. Immutable and thread-safe.
 */
final class NcclLibrary {
    /** Its file's name and the name that it carries itself. */
    static final String FILE = "libnccl.so.2";

    private static final String VERSION_CALL = "ncclGetVersion";

    private final String name;
    private final NcclVersion version;

    private NcclLibrary(NativeLibrary library) {
        name = library.name();
        version = version(library);
        if (version.compareTo(NcclVersion.OLDEST) < 0) {
            throw new NoSuchElementException(name + " is NCCL " + version + ", and at least "
                    + NcclVersion.OLDEST.major() + "." + NcclVersion.OLDEST.minor()
                    + " is needed: install a newer " + FILE + " and name it with the variable " + NcclPlaces.VARIABLE);
        }
        requireOnly(library);
    }

    /**
     * Loads NCCL.
     *
     * @param nameOrPath a name that the loader looks for, or a path
     */
    static LibraryLookup<NcclLibrary> open(String nameOrPath) {
        return NativeLibrary.open(nameOrPath).bind(NcclLibrary::new);
    }

    private static NcclVersion version(NativeLibrary library) {
        MethodHandle getVersion = library.bind(VERSION_CALL, ADDRESS);
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment out = arena.allocate(JAVA_INT);
            int result = (int) getVersion.invokeExact(out);
            if (result != NcclResult.SUCCESS) {
                throw new NoSuchElementException(
                        library.name() + " does not say its version: " + NcclResult.name(result) + " (" + result + ")");
            }
            return NcclVersion.ofCode(out.get(JAVA_INT, 0));
        } catch (NoSuchElementException e) {
            throw e;
        } catch (Throwable e) {
            throw NativeLibrary.wrongSignature(e);
        }
    }

    /** The loader answers for a name with what it has loaded first, and the bindings have only the name. */
    private static void requireOnly(NativeLibrary library) {
        boolean same = NativeLibrary.open(FILE)
                .found()
                .flatMap(byName -> byName.symbols().find(VERSION_CALL))
                .equals(library.symbols().find(VERSION_CALL));
        if (!same) {
            throw new NoSuchElementException(library.name() + " is not what this process has loaded as " + FILE
                    + ": use the one that was loaded first, or start a new process");
        }
    }

    /** What it was loaded by: a name for the loader or a path. */
    String name() {
        return name;
    }

    NcclVersion version() {
        return version;
    }

    boolean has(NcclFeature feature) {
        return feature.isIn(version);
    }

    /**
     * Makes the id of a new communicator, by which its ranks find each other.
     *
     * @throws NcclException if NCCL finds no way for ranks to reach this process
     */
    NcclUniqueId uniqueId() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment out = ncclUniqueId.allocate(arena);
            check(nccl_subset_h.ncclGetUniqueId(out), "ncclGetUniqueId");
            return NcclUniqueId.read(out);
        }
    }

    /**
     * Begins a group of calls of this thread. Nothing of it starts, and no call of it waits, before it is closed; then all of
     * it has been put on its streams.
     */
    NcclGroup group() {
        return NcclGroup.begin(this);
    }

    /**
     * Device memory that NCCL need not copy from and to.
     *
     * @param bytes at least 1
     * @return its address
     * @throws NcclException if there is not so much
     */
    long allocate(long bytes) {
        require(NcclFeature.USER_BUFFERS);
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment out = arena.allocate(ADDRESS);
            check(nccl_subset_h.ncclMemAlloc(out, bytes), "ncclMemAlloc of " + bytes + " bytes");
            return out.get(ADDRESS, 0).address();
        }
    }

    /** Gives back what {@link #allocate} gave. */
    void free(long address) {
        check(nccl_subset_h.ncclMemFree(MemorySegment.ofAddress(address)), "ncclMemFree");
    }

    void require(NcclFeature feature) {
        if (!has(feature)) {
            throw new UnsupportedOperationException(
                    "NCCL " + version + " has no " + feature + "; it came with " + feature.since());
        }
    }

    void check(int result, String call) {
        if (result != NcclResult.SUCCESS) {
            throw failure(result, call);
        }
    }

    /** A failed call, with what NCCL says about it. */
    NcclException failure(int result, String call) {
        String last =
                nccl_subset_h.ncclGetLastError(MemorySegment.NULL).getString(0).strip();
        String text = nccl_subset_h.ncclGetErrorString(result).getString(0).strip();
        return NcclException.of(call, result, NcclResult.name(result), last.isEmpty() ? text : text + ": " + last);
    }
}
