package dev.kneepoint.backend.opencl;

import org.jocl.CL;
import org.jocl.CLException;

/** OpenCL calls with typed failures. The only class that touches JOCL's switches; load it only where there is OpenCL. */
final class Cl {
    static {
        // Every call then throws CLException instead of returning a status that someone might forget.
        CL.setExceptionsEnabled(true);
    }

    private Cl() {}

    /** A call that may throw. */
    @FunctionalInterface
    interface Call<T> {
        /** Makes it. */
        T make();
    }

    /** Makes a call; its failure is an {@link OpenClException} that says which call it was. */
    static <T> T call(String what, Call<T> call) {
        try {
            return call.make();
        } catch (CLException e) {
            throw failure(what, e);
        }
    }

    /** The typed form of a failure. */
    static OpenClException failure(String what, CLException e) {
        return OpenClException.of(what, e.getStatus(), CL.stringFor_errorCode(e.getStatus()));
    }
}
