package dev.kneepoint.backend.opencl;

import dev.kneepoint.backend.engine.DataType;
import dev.kneepoint.backend.engine.NumberFormats;
import dev.kneepoint.workload.Precision;

/**
 * What a device says of itself.
 *
 * @param platform name of its platform
 * @param name its name
 * @param type its kind
 * @param driver the driver's version
 * @param version the OpenCL version, for example {@code OpenCL 3.0 …}
 * @param computeUnits cores or multiprocessors, at least 1
 * @param globalBytes size of its memory
 * @param allocationBytes size of the largest buffer
 * @param localBytes local memory of a work-group
 * @param workGroup most work-items of a work-group
 * @param hostMemory whether the host shares its memory
 * @param half whether it computes in FP16 ({@code cl_khr_fp16})
 */
record ClDeviceInfo(
        String platform,
        String name,
        ClDeviceType type,
        String driver,
        String version,
        int computeUnits,
        long globalBytes,
        long allocationBytes,
        long localBytes,
        int workGroup,
        boolean hostMemory,
        boolean half) {
    /** What a plan is computed in here. */
    NumberFormats formats(Precision precision) {
        return half && precision == Precision.FP16
                ? new NumberFormats(DataType.FP32, DataType.FP16)
                : NumberFormats.SINGLE;
    }

    /** The same device with another number of compute units: a part of it. */
    ClDeviceInfo withComputeUnits(int units) {
        return new ClDeviceInfo(
                platform,
                name,
                type,
                driver,
                version,
                units,
                globalBytes,
                allocationBytes,
                localBytes,
                workGroup,
                hostMemory,
                half);
    }
}
