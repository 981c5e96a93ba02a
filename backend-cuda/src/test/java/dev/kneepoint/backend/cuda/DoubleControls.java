package dev.kneepoint.backend.cuda;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Calls the functions by which tests set a double up and ask it. */
final class DoubleControls {
    private final SymbolLookup symbols;
    private final String prefix;

    private DoubleControls(Path library, String prefix) {
        this.symbols = SymbolLookup.libraryLookup(library, Arena.global());
        this.prefix = prefix;
    }

    static DoubleControls cublas() {
        return new DoubleControls(NativeDoubles.cublas(), "cublas_double_");
    }

    static DoubleControls cublasLt() {
        return new DoubleControls(NativeDoubles.cublasLt(), "cublas_double_");
    }

    static DoubleControls nvml() {
        return new DoubleControls(NativeDoubles.nvml(), "nvml_double_");
    }

    static DoubleControls nvml(Path library) {
        return new DoubleControls(library, "nvml_double_");
    }

    /** The nth call from now of a function answers with a status. */
    void fail(String function, int nth, int status) {
        call(false, "fail", function, nth, status);
    }

    /** Commands that may still run. */
    int commands() {
        return call(true, "commands");
    }

    int handles() {
        return call(true, "handles");
    }

    /** Objects that a test has lost on purpose. */
    void forget(int handles) {
        call(false, "forget", handles);
    }

    int fastProducts() {
        return call(true, "fast");
    }

    /** Lets cuBLASLt have no algorithm for products of a shape; 0 stands for any length. */
    void refuse(int rows, int columns, int inner) {
        call(false, "refuse", rows, columns, inner);
    }

    /** Ends {@link #refuse}. */
    void accept() {
        call(false, "accept");
    }

    /** How often an algorithm was looked for. */
    int searches() {
        return call(true, "searches");
    }

    /** Whether new handles take the host's memory for the device's, whatever driver is loaded. */
    void alone(boolean yes) {
        call(false, "alone", yes ? 1 : 0);
    }

    int users() {
        return call(true, "users");
    }

    void reset() {
        call(false, "reset");
    }

    int add(String bus, String uuid, String name, int whole) {
        return call(true, "add", bus, uuid, name, whole);
    }

    void set(int device, String figure, long value) {
        call(false, "set", device, figure, value);
    }

    void power(int device, int milliwatts) {
        call(false, "power", device, milliwatts);
    }

    private int call(boolean answers, String function, Object... arguments) {
        try (Arena arena = Arena.ofConfined()) {
            List<MemoryLayout> layouts = new ArrayList<>();
            List<Object> values = new ArrayList<>();
            for (Object argument : arguments) {
                switch (argument) {
                    case String s -> {
                        layouts.add(ADDRESS);
                        values.add(arena.allocateFrom(s));
                    }
                    case Integer i -> {
                        layouts.add(JAVA_INT);
                        values.add(i);
                    }
                    case Long l -> {
                        layouts.add(JAVA_LONG);
                        values.add(l);
                    }
                    default -> throw new IllegalArgumentException("doubles take no " + argument.getClass());
                }
            }
            MemoryLayout[] parameters = layouts.toArray(MemoryLayout[]::new);
            FunctionDescriptor type =
                    answers ? FunctionDescriptor.of(JAVA_INT, parameters) : FunctionDescriptor.ofVoid(parameters);
            MemorySegment address = symbols.findOrThrow(prefix + function);
            Object answer = Linker.nativeLinker().downcallHandle(address, type).invokeWithArguments(values);
            return answers ? (int) answer : 0;
        } catch (RuntimeException | Error e) {
            throw e;
        } catch (Throwable e) {
            throw new AssertionError(e);
        }
    }
}
