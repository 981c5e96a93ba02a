package dev.kneepoint.samples.cli;

import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine;

/** Sizes of buffers as the command line writes them, with the prefixes of nccl-tests: powers of 1,024. */
final class ByteSizes implements CommandLine.ITypeConverter<Long> {
    private static final Pattern SIZE = Pattern.compile("(\\d{1,18})(?:([KMGT])(?:IB)?|B)?");
    private static final Map<String, Integer> SHIFTS = Map.of("K", 10, "M", 20, "G", 30, "T", 40);

    ByteSizes() {}

    @Override
    public Long convert(String text) {
        Matcher m = SIZE.matcher(text.toUpperCase(Locale.ROOT));
        if (m.matches()) {
            int shift = m.group(2) == null ? 0 : SHIFTS.getOrDefault(m.group(2), 0);
            long number = Long.parseLong(m.group(1));
            if (number <= Long.MAX_VALUE >> shift) {
                return number << shift;
            }
        }
        throw new CommandLine.TypeConversionException(
                "'" + text + "' is no size; write bytes (8), or 64K, 64KiB, 128M, 8G for powers of 1,024");
    }
}
