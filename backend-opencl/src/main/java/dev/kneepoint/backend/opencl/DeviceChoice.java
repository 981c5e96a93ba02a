package dev.kneepoint.backend.opencl;

import dev.kneepoint.backend.opencl.ClDiscovery.Found;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/**
 * Finds the devices that {@code opencl.device} names. Each choice is a type ({@code gpu}: all of them), a type and a number
 * ({@code gpu:0}: the first), a number in the list that {@code kneepoint backends} prints, or a part of a name, upper or
 * lower case.
 */
final class DeviceChoice {
    private DeviceChoice() {}

    /**
     * The chosen devices, each once, in the order of the choices.
     *
     * @param choices empty for all GPUs of the first platform that has any, or else the CPUs of the first that has
     * @param all at least one
     * @throws IllegalArgumentException if a choice fits no device, or the devices belong to several platforms
     */
    static List<Found> of(List<String> choices, List<Found> all) {
        Set<Found> chosen = new LinkedHashSet<>();
        for (String choice : choices) {
            List<Found> fitting = fitting(choice.toLowerCase(Locale.ROOT), all);
            if (fitting.isEmpty()) {
                throw new IllegalArgumentException(
                        "opencl.device: no device fits '" + choice + "'; there are " + describe(all));
            }
            chosen.addAll(fitting);
        }
        List<Found> out = choices.isEmpty() ? best(all) : List.copyOf(chosen);
        for (Found f : out) {
            if (!isBeside(f, out.getFirst())) {
                throw new IllegalArgumentException("opencl.device: '"
                        + out.getFirst().info().name() + "' and '"
                        + f.info().name() + "' belong to different platforms, which share no memory and no events;"
                        + " choose devices of one of them: " + describe(all));
            }
        }
        return out;
    }

    /** Two drivers may give their platforms the same name. */
    private static boolean isBeside(Found one, Found other) {
        return one.platform().equals(other.platform())
                && one.info().platform().equals(other.info().platform());
    }

    private static List<Found> fitting(String choice, List<Found> all) {
        int colon = choice.indexOf(':');
        Optional<ClDeviceType> type = type(colon < 0 ? choice : choice.substring(0, colon));
        if (type.isPresent()) {
            List<Found> ofType =
                    all.stream().filter(f -> f.info().type() == type.get()).toList();
            return colon < 0 ? ofType : nth(choice.substring(colon + 1), ofType);
        }
        List<Found> numbered = nth(choice, all);
        return numbered.isEmpty()
                ? all.stream()
                        .filter(f -> f.info().name().toLowerCase(Locale.ROOT).contains(choice))
                        .toList()
                : numbered;
    }

    private static Optional<ClDeviceType> type(String text) {
        for (ClDeviceType t : ClDeviceType.values()) {
            if (t.label().equals(text)) {
                return Optional.of(t);
            }
        }
        return Optional.empty();
    }

    private static List<Found> nth(String index, List<Found> all) {
        if (!index.matches("\\d{1,6}") || Integer.parseInt(index) >= all.size()) {
            return List.of();
        }
        return List.of(all.get(Integer.parseInt(index)));
    }

    private static List<Found> best(List<Found> all) {
        for (ClDeviceType type : List.of(ClDeviceType.GPU, ClDeviceType.ACCELERATOR, ClDeviceType.CPU)) {
            Optional<Found> first =
                    all.stream().filter(f -> f.info().type() == type).findFirst();
            if (first.isPresent()) {
                return all.stream()
                        .filter(f -> f.info().type() == type
                                && f.info().platform().equals(first.get().info().platform()))
                        .toList();
            }
        }
        throw new IllegalArgumentException("there is no OpenCL device");
    }

    private static List<String> describe(List<Found> all) {
        List<String> out = new ArrayList<>();
        for (int i = 0; i < all.size(); i++) {
            out.add(i + " " + all.get(i).info().type().label() + " '"
                    + all.get(i).info().name() + "'");
        }
        return out;
    }
}
