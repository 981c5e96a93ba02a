package dev.kneepoint.strategy;

import com.google.common.base.Joiner;
import com.google.common.base.Splitter;
import com.google.common.collect.ImmutableList;
import dev.kneepoint.internal.json.Suggest;
import dev.kneepoint.units.Checks;
import dev.kneepoint.workload.Recompute;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The short text form of a strategy: a data kind ({@code ddp}, {@code zero1}, {@code zero2}, {@code fsdp} or its other
 * name {@code zero3}, {@code hsdp=N}; {@code ddp} if left out), then degrees {@code tp}, {@code pp}, {@code vpp},
 * {@code cp}, {@code ep} above 1, then what differs from the default: {@code sched}, {@code sp}, {@code mb},
 * {@code recompute}, {@code prefetch}, {@code split} (layers per chunk joined by {@code -}, equal ones also as
 * {@code 14x2}), {@code order} (axes joined by {@code -}).
 */
final class StrategySpec {
    private static final int MOST_CHUNKS = 1 << 16;
    private static final Pattern RUN = Pattern.compile("([1-9]\\d{0,3})x(\\d+)");
    private static final List<String> KEYS = List.of(
            "tp", "pp", "vpp", "cp", "ep", "folded", "sched", "sp", "mb", "recompute", "prefetch", "split", "order");

    private static final List<String> SCHEDULES = Arrays.stream(PipelineScheduleKind.values())
            .map(PipelineScheduleKind::label)
            .toList();
    private static final List<String> KINDS = List.of("ddp", "zero1", "zero2", "zero3", "fsdp", "hsdp");

    private StrategySpec() {}

    static ParallelismStrategy parse(String spec) {
        ParallelismStrategyBuilder builder = ParallelismStrategy.builder();
        Set<String> seen = new HashSet<>();
        try {
            for (String part : Splitter.on(',').trimResults().split(spec)) {
                int equals = part.indexOf('=');
                String key = (equals < 0 ? part : part.substring(0, equals)).toLowerCase(Locale.ROOT);
                String value = equals < 0 ? "" : part.substring(equals + 1);
                boolean isKind = KINDS.contains(key);
                if (!isKind && !KEYS.contains(key)) {
                    throw unknown(part, key);
                }
                String slot = isKind ? "data kind" : key;
                if (!seen.add(slot)) {
                    throw new IllegalArgumentException("the " + slot + " is given twice");
                }
                apply(builder, part, key, value);
            }
            return builder.build();
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("strategy '" + spec + "': " + e.getMessage(), e);
        }
    }

    private static void apply(ParallelismStrategyBuilder b, String part, String key, String value) {
        switch (key) {
            case "ddp" -> b.data(plain(DataKind.DDP, part, value));
            case "zero1" -> b.data(plain(DataKind.ZERO1, part, value));
            case "zero2" -> b.data(plain(DataKind.ZERO2, part, value));
            case "fsdp", "zero3" -> b.data(plain(DataKind.FSDP, part, value));
            case "hsdp" -> b.hsdp(Checks.range("hsdp", number("hsdp", value), 1, ParallelismStrategy.MAX_DEGREE));
            case "tp" -> b.tensor(number(key, value));
            case "pp" -> b.pipeline(number(key, value));
            case "vpp" -> b.virtualStages(number(key, value));
            case "cp" -> b.context(number(key, value));
            case "ep" -> b.expert(number(key, value));
            case "mb" -> b.microBatch(number(key, value));
            case "folded" -> b.foldedExperts(onOff(key, value));
            case "sp" -> b.sequenceParallel(onOff(key, value));
            case "sched" -> b.schedule(schedule(value));
            case "recompute" -> b.recompute(Recompute.parse(value));
            case "prefetch" -> b.prefetch(prefetch(value));
            case "split" -> b.split(split(value));
            case "order" ->
                b.order(Splitter.on('-').splitToStream(value).map(Axis::parse).toList());
            default -> throw unknown(part, key);
        }
    }

    private static IllegalArgumentException unknown(String part, String key) {
        List<String> known =
                ImmutableList.<String>builder().addAll(KINDS).addAll(KEYS).build();
        return new IllegalArgumentException("unknown part '" + part + "'"
                + Suggest.near(key, known)
                        .map(n -> "; did you mean '" + n + "'? A")
                        .orElse("; a")
                + " strategy is a data kind (ddp, zero1, zero2, fsdp, hsdp=N) and any of "
                + Joiner.on("=, ").join(KEYS) + "=");
    }

    private static DataKind plain(DataKind kind, String part, String value) {
        if (!value.isEmpty()) {
            throw new IllegalArgumentException("'" + part + "': only hsdp takes a number");
        }
        return kind;
    }

    /** Layers per chunk; {@code 14x2} are fourteen chunks of two. */
    static List<Integer> split(String value) {
        List<Integer> chunks = new ArrayList<>();
        for (String part : Splitter.on('-').split(value)) {
            Matcher run = RUN.matcher(part);
            boolean several = run.matches();
            int count = several ? chunk(value, run.group(1)) : 1;
            if (chunks.size() + count > MOST_CHUNKS) {
                throw new IllegalArgumentException("split names more than " + MOST_CHUNKS + " chunks");
            }
            chunks.addAll(Collections.nCopies(count, chunk(value, several ? run.group(2) : part)));
        }
        return chunks;
    }

    private static int chunk(String split, String number) {
        try {
            return Integer.parseInt(number);
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException(
                    "split needs the layers of each chunk, such as 9-7-8-8 or 14x2-4x1, not '" + split + "'", e);
        }
    }

    private static int number(String key, String value) {
        try {
            return Integer.parseInt(value);
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException(
                    key + " needs a whole number, for example " + key + "=2, not '" + value + "'", e);
        }
    }

    private static String hint(String value, List<String> known) {
        return Suggest.near(value, known)
                .map(n -> "; did you mean '" + n + "'?")
                .orElse(";");
    }

    private static boolean onOff(String key, String value) {
        return switch (value) {
            case "on" -> true;
            case "off" -> false;
            default -> throw new IllegalArgumentException(key + " is on or off, not '" + value + "'");
        };
    }

    private static PipelineScheduleKind schedule(String value) {
        return Arrays.stream(PipelineScheduleKind.values())
                .filter(k -> k.label().equals(value))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("unknown schedule '" + value + "'"
                        + hint(value, SCHEDULES) + " known: gpipe, 1f1b, interleaved," + " zb-h1"));
    }

    private static Prefetch prefetch(String value) {
        return Arrays.stream(Prefetch.values())
                .filter(k -> k.label().equals(value))
                .findFirst()
                .orElseThrow(
                        () -> new IllegalArgumentException("unknown prefetch '" + value + "'; known: pre, post, none"));
    }

    static String format(ParallelismStrategy s) {
        List<String> parts = new ArrayList<>();
        parts.add(
                s.data() == DataKind.HSDP
                        ? "hsdp=" + s.shardGroup()
                        : s.data().name().toLowerCase(Locale.ROOT));
        degree(parts, "tp", s.tensor());
        degree(parts, "pp", s.pipeline());
        degree(parts, "vpp", s.virtualStages());
        degree(parts, "cp", s.context());
        degree(parts, "ep", s.expert());
        if (!s.foldedExperts()) {
            parts.add("folded=off");
        }
        if (s.schedule() != PipelineScheduleKind.ONE_F_ONE_B && s.schedule() != PipelineScheduleKind.INTERLEAVED) {
            parts.add("sched=" + s.schedule().label());
        }
        if (s.tensor() > 1 && !s.sequenceParallel()) {
            parts.add("sp=off");
        }
        s.microBatch().ifPresent(mb -> parts.add("mb=" + mb));
        s.recompute().ifPresent(r -> parts.add("recompute=" + r.label()));
        if (s.prefetch() != Prefetch.PRE) {
            parts.add("prefetch=" + s.prefetch().label());
        }
        if (!s.split().isEmpty()) {
            parts.add("split=" + Joiner.on('-').join(s.split()));
        }
        if (!s.order().equals(ParallelismStrategy.DEFAULT_ORDER)) {
            parts.add("order="
                    + Joiner.on('-').join(s.order().stream().map(Axis::label).toList()));
        }
        return String.join(",", parts);
    }

    private static void degree(List<String> parts, String key, int value) {
        if (value > 1) {
            parts.add(key + "=" + value);
        }
    }
}
