package dev.kneepoint.backend.cpu;

import java.lang.System.Logger.Level;

/** Chooses the kernels. */
final class Kernels {
    private static final String MODULE = "jdk.incubator.vector";

    private Kernels() {}

    /** Whether the running JVM has the Vector API's module. */
    static boolean hasVectors() {
        return ModuleLayer.boot().findModule(MODULE).isPresent();
    }

    /** Vector kernels if the module is there and they load, else loops. */
    static MatrixKernel best() {
        if (hasVectors()) {
            try {
                return new VectorKernel();
            } catch (LinkageError e) {
                System.getLogger(Kernels.class.getName()).log(Level.WARNING, "Vector API unusable; loops instead", e);
            }
        }
        return new LoopKernel();
    }
}
