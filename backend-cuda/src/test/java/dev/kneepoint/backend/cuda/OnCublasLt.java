package dev.kneepoint.backend.cuda;

import java.lang.foreign.MemorySegment;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

/** Tests of cuBLASLt on its double. */
abstract class OnCublasLt extends OnCublas {
    static final long STREAM = 0x51;
    static final float A_SCALE = 0.03f;
    static final float B_SCALE = 7;
    static final Fp8Shape SMALL = new Fp8Shape(3, 16, 32, Fp8Shape.Output.BF16, true);

    final CublasLtLibrary library = CublasLtLibrary.beside(
                    CublasLibrary.open(NativeDoubles.cublas().toString())
                            .found()
                            .orElseThrow())
            .found()
            .orElseThrow();
    final HostArray aScale = HostArray.of(arena, ElementType.F32, A_SCALE);
    final HostArray bScale = HostArray.of(arena, ElementType.F32, B_SCALE);
    CublasLt lt;

    OnCublasLt() {
        super(DoubleControls.cublasLt());
    }

    @BeforeEach
    void open() {
        lt = CublasLt.open(library);
        lt.stream(STREAM);
        lt.workspace(workspace(4096), 4096);
    }

    @AfterEach
    void close() {
        lt.close();
    }

    /** Multiplies zeros. */
    void product(Fp8Shape shape) {
        MemorySegment a = arena.allocate((long) shape.rows() * shape.inner(), CublasLt.ALIGNMENT);
        MemorySegment b = arena.allocate((long) shape.columns() * shape.inner(), CublasLt.ALIGNMENT);
        MemorySegment d = arena.allocate(4L * shape.rows() * shape.columns(), CublasLt.ALIGNMENT);
        lt.matmul(shape, 1, a.address(), aScale.address(), b.address(), bScale.address(), d.address());
    }
}
