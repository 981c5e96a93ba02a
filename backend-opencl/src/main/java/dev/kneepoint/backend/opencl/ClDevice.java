package dev.kneepoint.backend.opencl;

import org.jocl.cl_context;
import org.jocl.cl_device_id;

/**
 * An open device, or a part of one that has its own cores. Immutable; the context belongs to the backend that opened it,
 * and all devices of a platform share it.
 *
 * @param info what it says of itself; compute units are those of the part
 * @param id its handle
 * @param context the context that its programs and buffers live in
 * @param memory which memory it has: parts of one device share the number
 */
record ClDevice(ClDeviceInfo info, cl_device_id id, cl_context context, int memory) {}
