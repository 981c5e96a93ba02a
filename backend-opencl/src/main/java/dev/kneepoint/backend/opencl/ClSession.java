package dev.kneepoint.backend.opencl;

import dev.kneepoint.backend.engine.DeviceKernels;
import dev.kneepoint.backend.engine.DeviceSet;
import dev.kneepoint.spi.BackendException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jocl.CL;
import org.jocl.cl_context;
import org.jocl.cl_context_properties;
import org.jocl.cl_device_id;
import org.jocl.cl_device_partition_property;
import org.jocl.cl_platform_id;

/**
 * The devices that a backend has opened, in one context, with their kernels. CPU devices are split into parts with cores of
 * their own, so that a rank is the same thing whether others run beside it or not. Confined to the backend.
 */
final class ClSession implements DeviceSet, AutoCloseable {
    private final cl_context context;
    private final List<cl_device_id> parts;
    private final List<ClDevice> devices;
    private final List<DeviceKernels> kernels = new ArrayList<>();
    private final KernelFactory factory;

    private ClSession(cl_context context, List<cl_device_id> parts, List<ClDevice> devices, KernelFactory factory) {
        this.context = context;
        this.parts = List.copyOf(parts);
        this.devices = List.copyOf(devices);
        this.factory = factory;
    }

    /**
     * Opens devices of one platform.
     *
     * @param cores cores of a rank on a CPU device; 0 to leave devices whole
     */
    static ClSession open(List<ClDiscovery.Found> found, int cores, KernelFactory factory) {
        try (SignalHandlers kept = SignalHandlers.keep()) {
            return openParts(found, cores, factory);
        }
    }

    private static ClSession openParts(List<ClDiscovery.Found> found, int cores, KernelFactory factory) {
        List<cl_device_id> parts = new ArrayList<>();
        List<List<cl_device_id>> ids = new ArrayList<>();
        for (ClDiscovery.Found f : found) {
            checkVersion(f.info());
            List<cl_device_id> split = split(f, cores);
            parts.addAll(split);
            ids.add(split.isEmpty() ? List.of(f.id()) : split);
        }
        cl_context context = context(
                found.getFirst().platform(), ids.stream().flatMap(List::stream).toList());
        ClMemory buffers = new ClMemory(context);
        List<ClDevice> open = new ArrayList<>();
        for (int memory = 0; memory < found.size(); memory++) {
            ClDeviceInfo info = found.get(memory).info();
            ClDeviceInfo part = ids.get(memory).size() == 1 ? info : info.withComputeUnits(cores);
            for (cl_device_id id : ids.get(memory)) {
                open.add(new ClDevice(part, id, buffers, memory));
            }
        }
        return new ClSession(context, parts, open, factory);
    }

    private static void checkVersion(ClDeviceInfo d) {
        String version = d.version();
        if (version.startsWith("OpenCL 1.0") || version.startsWith("OpenCL 1.1")) {
            throw new BackendException(
                    "device '" + d.name() + "' has " + version + "; the backend needs OpenCL 1.2 or newer");
        }
    }

    /** Parts of a CPU device; empty if it stays whole. */
    private static List<cl_device_id> split(ClDiscovery.Found f, int cores) {
        if (cores == 0 || f.info().type() != ClDeviceType.CPU || f.info().computeUnits() < 2 * cores) {
            return List.of();
        }
        cl_device_partition_property property = new cl_device_partition_property();
        property.addProperty(CL.CL_DEVICE_PARTITION_EQUALLY, cores);
        int[] count = new int[1];
        try {
            Cl.call("clCreateSubDevices", () -> CL.clCreateSubDevices(f.id(), property, 0, null, count));
            cl_device_id[] out = new cl_device_id[count[0]];
            Cl.call("clCreateSubDevices", () -> CL.clCreateSubDevices(f.id(), property, out.length, out, null));
            return List.of(out);
        } catch (OpenClException e) {
            // Not every CPU device can be split; its ranks then share all its cores.
            return List.of();
        }
    }

    private static cl_context context(cl_platform_id platform, List<cl_device_id> ids) {
        cl_context_properties properties = new cl_context_properties();
        properties.addProperty(CL.CL_CONTEXT_PLATFORM, platform);
        cl_device_id[] all = ids.toArray(cl_device_id[]::new);
        return Cl.call("clCreateContext", () -> CL.clCreateContext(properties, all.length, all, null, null, null));
    }

    cl_context context() {
        return context;
    }

    /** Devices that ranks run on, in turn if there are more ranks. */
    List<ClDevice> devices() {
        return devices;
    }

    @Override
    public ClDevice device(int rank) {
        return devices.get(rank % devices.size());
    }

    @Override
    public DeviceKernels kernels(int rank) {
        int at = rank % devices.size();
        while (kernels.size() <= at) {
            kernels.add(factory.open(devices.get(kernels.size())));
        }
        return kernels.get(at);
    }

    /** All devices are in the host's memory. */
    @Override
    public boolean direct() {
        return devices.stream().allMatch(d -> d.info().hostMemory() && d.info().type() == ClDeviceType.CPU);
    }

    @Override
    public BackendException located(BackendException failure, int place, int rank, String op) {
        return failure instanceof OpenClException e ? e.at(rank, op) : failure;
    }

    /** Whether ranks share cores: CPU devices may be several and still the same ones. */
    boolean sharesCores(int ranks) {
        int cores = 0;
        for (int r = 0; r < Math.min(ranks, devices.size()); r++) {
            ClDeviceInfo d = devices.get(r).info();
            cores += d.type() == ClDeviceType.CPU ? d.computeUnits() : 0;
        }
        return cores > Runtime.getRuntime().availableProcessors();
    }

    @Override
    public void close() {
        kernels.forEach(DeviceKernels::close);
        kernels.clear();
        Cl.call("clReleaseContext", () -> CL.clReleaseContext(context));
        for (cl_device_id part : parts) {
            Cl.call("clReleaseDevice", () -> CL.clReleaseDevice(part));
        }
    }

    /** The devices that so many ranks use, in words. */
    String describe(int ranks) {
        Map<String, Integer> used = new LinkedHashMap<>();
        for (ClDevice d : devices.subList(0, Math.min(ranks, devices.size()))) {
            used.merge(d.info().name() + " (compute units: " + d.info().computeUnits() + ")", 1, Integer::sum);
        }
        return used.entrySet().stream()
                .map(e -> e.getValue() + " x " + e.getKey())
                .collect(Collectors.joining(" + "));
    }
}
