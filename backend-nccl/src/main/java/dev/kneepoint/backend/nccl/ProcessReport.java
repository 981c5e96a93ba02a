package dev.kneepoint.backend.nccl;

import com.google.common.collect.ImmutableSortedMap;
import com.google.common.collect.ImmutableSortedSet;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * What a process knows of a run besides its times.
 *
 * @param ranks how many of the plan's it ran
 * @param watts mean power of one of its GPUs; empty if that is not known
 * @param flags what a reader must know
 * @param origin where the figures come from
 */
record ProcessReport(int ranks, OptionalDouble watts, SortedSet<String> flags, SortedMap<String, String> origin) {
    byte[] toBytes() {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (DataOutputStream out = new DataOutputStream(bytes)) {
            out.writeInt(ranks);
            out.writeDouble(watts.orElse(-1));
            out.writeInt(flags.size());
            for (String flag : flags) {
                out.writeUTF(flag);
            }
            out.writeInt(origin.size());
            for (Map.Entry<String, String> e : origin.entrySet()) {
                out.writeUTF(e.getKey());
                out.writeUTF(e.getValue());
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return bytes.toByteArray();
    }

    static ProcessReport of(byte[] bytes) {
        try (DataInputStream in = new DataInputStream(new ByteArrayInputStream(bytes))) {
            int ranks = in.readInt();
            double watts = in.readDouble();
            SortedSet<String> flags = new TreeSet<>();
            for (int count = in.readInt(); count > 0; count--) {
                flags.add(in.readUTF());
            }
            SortedMap<String, String> origin = new TreeMap<>();
            for (int count = in.readInt(); count > 0; count--) {
                origin.put(in.readUTF(), in.readUTF());
            }
            return new ProcessReport(
                    ranks, watts < 0 ? OptionalDouble.empty() : OptionalDouble.of(watts), flags, origin);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Mean power of a GPU, W; empty if any process does not know it. */
    static OptionalDouble watts(List<ProcessReport> all) {
        double sum = 0;
        int ranks = 0;
        for (ProcessReport one : all) {
            if (one.watts().isEmpty()) {
                return OptionalDouble.empty();
            }
            sum += one.ranks() * one.watts().getAsDouble();
            ranks += one.ranks();
        }
        return ranks == 0 ? OptionalDouble.empty() : OptionalDouble.of(sum / ranks);
    }

    /** All that any process says. */
    static SortedSet<String> flags(List<ProcessReport> all) {
        return all.stream()
                .flatMap(r -> r.flags().stream())
                .collect(ImmutableSortedSet.toImmutableSortedSet(String::compareTo));
    }

    /** What processes say, once if they say the same. */
    static SortedMap<String, String> origin(List<ProcessReport> all) {
        SortedMap<String, Map<String, Integer>> values = new TreeMap<>();
        for (ProcessReport one : all) {
            one.origin()
                    .forEach((name, value) ->
                            values.computeIfAbsent(name, n -> new TreeMap<>()).merge(value, 1, Integer::sum));
        }
        ImmutableSortedMap.Builder<String, String> out = ImmutableSortedMap.naturalOrder();
        values.forEach((name, said) -> out.put(name, text(name, said)));
        return out.build();
    }

    private static String text(String name, Map<String, Integer> said) {
        boolean each = name.equals("device") && all(said) > 1;
        return said.size() == 1
                ? said.keySet().iterator().next() + (each ? " in each of " + all(said) + " processes" : "")
                : said.entrySet().stream()
                        .map(e -> e.getKey() + " (" + e.getValue() + " processes)")
                        .collect(Collectors.joining("; "));
    }

    private static int all(Map<String, Integer> said) {
        return said.values().stream().mapToInt(Integer::intValue).sum();
    }
}
