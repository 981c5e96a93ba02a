package dev.kneepoint.strategy;

import com.google.common.base.Joiner;
import com.google.common.base.Splitter;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import dev.kneepoint.internal.json.Suggest;
import dev.kneepoint.workload.Recompute;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * Which values the parts of a strategy may take, for example {@code fsdp,tp=1|2|4,recompute=none}; what is not named is
 * free. Immutable.
 */
final class FixedParts {
    private static final List<String> KINDS = List.of("ddp", "zero1", "zero2", "zero3", "fsdp", "hsdp");
    private static final List<String> DEGREES = List.of("tp", "pp", "vpp", "cp", "ep", "mb");
    private static final Map<String, List<String>> WORDS = ImmutableMap.of(
            "sp", List.of("on", "off"),
            "folded", List.of("on", "off"),
            "sched",
                    Arrays.stream(PipelineScheduleKind.values())
                            .map(PipelineScheduleKind::label)
                            .toList(),
            "recompute", Arrays.stream(Recompute.values()).map(Recompute::label).toList(),
            "prefetch", Arrays.stream(Prefetch.values()).map(Prefetch::label).toList());
    private static final String KIND = "data kind";
    private static final String SPLIT = "split";
    private static final Pattern SPLITS =
            Pattern.compile("even|CHUNKS(?:-CHUNKS)*+".replace("CHUNKS", "([1-9]\\d{0,3}x)?[1-9]\\d{0,5}"));
    private static final String EVEN = "even";

    private final Map<String, Set<String>> allowed;

    private FixedParts(Map<String, Set<String>> allowed) {
        this.allowed = ImmutableMap.copyOf(allowed);
    }

    static FixedParts parse(String parts) {
        Map<String, Set<String>> allowed = new LinkedHashMap<>();
        for (String part : Splitter.on(',').trimResults().omitEmptyStrings().split(parts.toLowerCase(Locale.ROOT))) {
            int equals = part.indexOf('=');
            String key = equals < 0 ? part : part.substring(0, equals);
            boolean kind = KINDS.contains(Splitter.on('|').split(key).iterator().next());
            String slot = kind ? KIND : key;
            Set<String> values = kind ? kinds(part) : values(part, key, equals < 0 ? "" : part.substring(equals + 1));
            if (allowed.put(slot, values) != null) {
                throw new IllegalArgumentException(
                        "'" + parts + "': the " + slot + " is given twice; write several" + " values as a|b");
            }
        }
        return new FixedParts(allowed);
    }

    private static Set<String> kinds(String part) {
        ImmutableSet.Builder<String> out = ImmutableSet.builder();
        for (String kind : Splitter.on('|').split(part)) {
            String name = kind.startsWith("hsdp=") ? "hsdp" : kind;
            if (!KINDS.contains(name)) {
                throw new IllegalArgumentException("'" + part + "': unknown data kind '" + kind
                        + "'; known: ddp, zero1, zero2, fsdp, hsdp, hsdp=N");
            }
            if (kind.startsWith("hsdp=")) {
                number(part, kind.substring("hsdp=".length()));
            }
            out.add(kind.equals("zero3") ? "fsdp" : kind);
        }
        return out.build();
    }

    private static Set<String> values(String part, String key, String text) {
        List<String> words = WORDS.get(key);
        if (words == null && !DEGREES.contains(key) && !key.equals(SPLIT)) {
            String hint = Suggest.near(
                            key, List.of("tp", "pp", "vpp", "cp", "ep", "mb", "recompute", "sched", "prefetch"))
                    .map(n -> "; did you mean '" + n + "'?")
                    .orElse(";");
            throw new IllegalArgumentException("unknown part '" + part + "'" + hint + " known: a data kind, "
                    + Joiner.on(", ").join(DEGREES) + ", sp, folded, sched, recompute, prefetch, split");
        }
        ImmutableSet.Builder<String> out = ImmutableSet.builder();
        for (String value : Splitter.on('|').split(text)) {
            if (words != null && !words.contains(value)) {
                throw new IllegalArgumentException("'" + part + "': " + key + " is one of "
                        + Joiner.on(", ").join(words) + ", not '" + value + "'");
            }
            out.add(
                    DEGREES.contains(key)
                            ? Integer.toString(number(part, value))
                            : key.equals(SPLIT) ? split(part, value) : value);
        }
        return out.build();
    }

    private static String split(String part, String value) {
        if (!SPLITS.matcher(value).matches()) {
            throw new IllegalArgumentException(
                    "'" + part + "': a split is 'even' or the layers of each chunk such as 9-7-8-8 or 14x2-4x1, not '"
                            + value + "'");
        }
        return value.equals(EVEN) ? value : Joiner.on('-').join(StrategySpec.split(value));
    }

    private static int number(String part, String value) {
        try {
            int n = Integer.parseInt(value);
            if (n >= 1) {
                return n;
            }
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException("'" + part + "' needs a whole number, not '" + value + "'", e);
        }
        throw new IllegalArgumentException("'" + part + "' needs a number of at least 1, not " + value);
    }

    boolean allows(String key, int value) {
        return allows(key, Integer.toString(value));
    }

    boolean allows(String key, String value) {
        Set<String> values = allowed.get(key);
        return values == null || values.contains(value);
    }

    boolean allowsData(DataKind kind, int group) {
        String name = kind.name().toLowerCase(Locale.ROOT);
        return allows(KIND, name) || (kind == DataKind.HSDP && allows(KIND, "hsdp=" + group));
    }

    /** An even split may be given by that word, or written out as any other. */
    boolean allowsSplit(boolean even, List<Integer> chunkLayers) {
        return (even && allows(SPLIT, EVEN)) || allows(SPLIT, Joiner.on('-').join(chunkLayers));
    }
}
