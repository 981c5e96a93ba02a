package dev.kneepoint.backend.cuda;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/**
 * Finds the devices that {@code cuda.device} names: by a number in the list that {@code kneepoint backends} prints, by a
 * UUID with or without its prefix, or by a part of a name, upper or lower case.
 */
final class DeviceChoice {
    private DeviceChoice() {}

    /**
     * The chosen devices, each once, in the order of the choices.
     *
     * @param choices empty for all that the kernels run on
     * @param all at least one that the kernels run on
     * @throws IllegalArgumentException if a choice fits no device, or one that the kernels do not run on
     */
    static List<CudaDeviceInfo> of(List<String> choices, List<CudaDeviceInfo> all) {
        if (choices.isEmpty()) {
            return all.stream().filter(CudaDeviceInfo::isSupported).toList();
        }
        Set<CudaDeviceInfo> chosen = new LinkedHashSet<>();
        for (String choice : choices) {
            List<CudaDeviceInfo> fitting = fitting(choice.toLowerCase(Locale.ROOT), all);
            if (fitting.isEmpty()) {
                throw new IllegalArgumentException("cuda.device: no device fits '" + choice + "'; there are "
                        + all.stream().map(CudaDeviceInfo::label).toList());
            }
            chosen.addAll(fitting);
        }
        for (CudaDeviceInfo info : chosen) {
            if (!info.isSupported()) {
                throw new IllegalArgumentException("cuda.device: " + tooOld(info));
            }
        }
        return List.copyOf(chosen);
    }

    /** Why a device is not run on. */
    static String tooOld(CudaDeviceInfo info) {
        return info.label() + " has compute capability " + info.version() + "; the kernels need 7.5 or newer";
    }

    private static List<CudaDeviceInfo> fitting(String choice, List<CudaDeviceInfo> all) {
        if (choice.matches("\\d{1,6}")) {
            int index = Integer.parseInt(choice);
            return all.stream().filter(d -> d.ordinal() == index).toList();
        }
        List<CudaDeviceInfo> out = new ArrayList<>();
        for (CudaDeviceInfo info : all) {
            String uuid = info.uuid().toString();
            boolean named = info.name().toLowerCase(Locale.ROOT).contains(choice);
            if (named || choice.equals(uuid) || choice.equals("gpu-" + uuid) || choice.equals("mig-" + uuid)) {
                out.add(info);
            }
        }
        return out;
    }
}
