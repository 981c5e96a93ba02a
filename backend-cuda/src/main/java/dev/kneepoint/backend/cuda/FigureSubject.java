package dev.kneepoint.backend.cuda;

import dev.kneepoint.backend.cuda.library.LibraryLookup;
import dev.kneepoint.backend.engine.DataType;
import dev.kneepoint.cluster.Accelerator;
import dev.kneepoint.units.Checks;
import java.util.Optional;

/**
 * What figures are measured of.
 *
 * @param device an open device
 * @param kernels its kernels
 * @param cublas what multiplies matrices, or why it does not
 * @param boards whom to ask for power
 * @param shrink what lengths are divided by, 1 to 64: 1 but in tests
 */
record FigureSubject(
        CudaDevice device, CudaKernels kernels, LibraryLookup<CublasLibrary> cublas, Boards boards, int shrink) {
    FigureSubject {
        Checks.range("shrink", shrink, 1, 64);
    }

    /** The 16-bit format that its fastest units take. */
    DataType half() {
        return device.info().hasTensorCores() ? DataType.BF16 : DataType.FP16;
    }

    /** What the catalog says of the device. */
    Optional<Accelerator> dataSheet() {
        return DataSheet.of(device.info());
    }

    /** A length as far as it is to be measured. */
    int length(int full) {
        return Math.max(1, full / shrink);
    }
}
