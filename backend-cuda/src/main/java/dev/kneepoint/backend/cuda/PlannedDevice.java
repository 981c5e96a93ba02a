package dev.kneepoint.backend.cuda;

import com.google.common.collect.ImmutableMap;
import dev.kneepoint.cluster.Accelerator;
import dev.kneepoint.units.Bytes;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;

/**
 * Whether a device is the accelerator that a plan's cluster has, by whose peak and price its metrics are counted. A device
 * is another one if
 *
 * <ul>
 *   <li>its name holds none of the chips in the accelerator's name, for example {@code h100}; where that names none, if its
 *       compute capability is not that of the accelerator's architecture;
 *   <li>it is a part of a device (MIG);
 *   <li>it has more than half as much memory again, or less than two thirds: boards with 40 and 80 GB, not with 80 and 94.
 * </ul>
 *
 * <p>Boards of one chip (SXM, PCIe, NVL) are the same: their names say it in too many ways. Nothing is said of an
 * accelerator with neither a chip in its name nor an architecture that is known: a machine that was calibrated without a data
 * sheet keeps the name of what stood for it.
 */
final class PlannedDevice {
    private static final double MOST_MEMORY = 1.5;

    /** Letters and digits, perhaps apart, then up to two letters: a100, rtx 4090, l40s. */
    private static final Pattern CHIP = Pattern.compile("(?<![a-z0-9])([a-z]+)[ _-]?([0-9]+)([a-z]{0,2})(?![a-z0-9])");

    private static final Pattern PART = Pattern.compile("\\bmig\\b");

    /** What looks like a chip and is none. */
    private static final Set<String> NO_CHIPS = Set.of("sxm", "pcie", "hbm", "gpu");

    /** Compute capabilities times ten by the first words of an architecture, the longest before its own beginning. */
    private static final Map<String, Set<Integer>> CAPABILITIES = ImmutableMap.<String, Set<Integer>>builder()
            .put("volta", Set.of(70, 72))
            .put("turing", Set.of(75))
            .put("ampere", Set.of(80, 86, 87))
            .put("ada", Set.of(89))
            .put("hopper", Set.of(90))
            .put("grace-hopper", Set.of(90))
            .put("grace-blackwell-ultra", Set.of(103))
            .put("grace-blackwell", Set.of(100))
            .put("blackwell-ultra", Set.of(103))
            .put("blackwell", Set.of(100, 120))
            .buildOrThrow();

    private PlannedDevice() {}

    /**
     * What a device is instead of the accelerator of a plan.
     *
     * @return for people, after "is"; empty if it is that, or if there is nothing to tell it by
     */
    static Optional<String> difference(CudaDeviceInfo device, Accelerator planned) {
        String name = device.name().toLowerCase(Locale.ROOT);
        Optional<Boolean> same = isChip(device, name, planned);
        if (same.isEmpty()) {
            return Optional.empty();
        }
        if (!same.get()) {
            return Optional.of("another chip");
        }
        if (PART.matcher(name).find()) {
            return Optional.of("a part of a device");
        }
        double memory = (double) device.memoryBytes() / planned.memory().value();
        return memory > MOST_MEMORY || memory < 1 / MOST_MEMORY
                ? Optional.of("one with " + new Bytes(device.memoryBytes()) + " instead of " + planned.memory())
                : Optional.empty();
    }

    /** Empty if there is nothing to tell it by. */
    private static Optional<Boolean> isChip(CudaDeviceInfo device, String name, Accelerator planned) {
        List<MatchResult> chips = CHIP.matcher(planned.name().toLowerCase(Locale.ROOT))
                .results()
                .filter(chip -> !NO_CHIPS.contains(chip.group(1)))
                .toList();
        if (chips.isEmpty()) {
            return CAPABILITIES.entrySet().stream()
                    .filter(e -> planned.architecture().startsWith(e.getKey()))
                    .findFirst()
                    .map(e -> e.getValue().contains(device.capability()));
        }
        return Optional.of(chips.stream().anyMatch(chip -> holds(name, chip)));
    }

    private static boolean holds(String name, MatchResult chip) {
        String pattern = "(?<![a-z0-9])" + chip.group(1) + "[ _-]?" + chip.group(2) + chip.group(3) + "(?![a-z0-9])";
        return Pattern.compile(pattern).matcher(name).find();
    }
}
