package dev.kneepoint.backend.engine;

import dev.kneepoint.metrics.Busy;
import dev.kneepoint.metrics.RankTimeline;
import dev.kneepoint.metrics.Span;
import dev.kneepoint.metrics.TimeParts;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/** What ranks did in steps, as bytes for other processes of the same version. */
final class TimelineCodec {
    private TimelineCodec() {}

    /**
     * What the ranks of a process did in a step.
     *
     * @param nanos how long the step took for all ranks
     * @param ranks the ranks of the process, by number
     */
    record Step(long nanos, SortedMap<Integer, RankTimeline> ranks) {}

    static byte[] encode(List<Step> steps) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (DataOutputStream out = new DataOutputStream(bytes)) {
            out.writeInt(steps.size());
            for (Step step : steps) {
                out.writeLong(step.nanos());
                out.writeInt(step.ranks().size());
                for (Map.Entry<Integer, RankTimeline> rank : step.ranks().entrySet()) {
                    out.writeInt(rank.getKey());
                    write(out, rank.getValue());
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return bytes.toByteArray();
    }

    private static void write(DataOutputStream out, RankTimeline rank) throws IOException {
        out.writeUTF(rank.label());
        out.writeInt(rank.ranks());
        TimeParts p = rank.parts();
        for (double part :
                new double[] {p.compute(), p.exposedCommunication(), p.bubble(), p.straggler(), p.launch(), p.idle()}) {
            out.writeDouble(part);
        }
        out.writeDouble(rank.busy().compute());
        out.writeDouble(rank.busy().communication());
        write(out, rank.busy().byAxis());
        write(out, rank.busy().bytesByAxis());
        out.writeInt(rank.spans().size());
        for (Span span : rank.spans()) {
            out.writeUTF(span.name());
            out.writeUTF(span.stream());
            out.writeLong(span.startPicos());
            out.writeLong(span.endPicos());
            out.writeBoolean(span.compute());
        }
    }

    private static void write(DataOutputStream out, Map<String, Double> values) throws IOException {
        out.writeInt(values.size());
        for (Map.Entry<String, Double> e : values.entrySet()) {
            out.writeUTF(e.getKey());
            out.writeDouble(e.getValue());
        }
    }

    static List<Step> decode(byte[] bytes) {
        try (DataInputStream in = new DataInputStream(new ByteArrayInputStream(bytes))) {
            List<Step> out = new ArrayList<>();
            for (int steps = in.readInt(); steps > 0; steps--) {
                long nanos = in.readLong();
                SortedMap<Integer, RankTimeline> ranks = new TreeMap<>();
                for (int count = in.readInt(); count > 0; count--) {
                    ranks.put(in.readInt(), rank(in));
                }
                out.add(new Step(nanos, ranks));
            }
            return out;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static RankTimeline rank(DataInputStream in) throws IOException {
        return new RankTimeline(
                in.readUTF(),
                in.readInt(),
                new TimeParts(
                        in.readDouble(),
                        in.readDouble(),
                        in.readDouble(),
                        in.readDouble(),
                        in.readDouble(),
                        in.readDouble()),
                Busy.of(in.readDouble(), in.readDouble(), values(in), values(in)),
                spans(in));
    }

    private static Map<String, Double> values(DataInputStream in) throws IOException {
        Map<String, Double> out = new TreeMap<>();
        for (int count = in.readInt(); count > 0; count--) {
            out.put(in.readUTF(), in.readDouble());
        }
        return out;
    }

    private static List<Span> spans(DataInputStream in) throws IOException {
        List<Span> out = new ArrayList<>();
        for (int count = in.readInt(); count > 0; count--) {
            out.add(new Span(in.readUTF(), in.readUTF(), in.readLong(), in.readLong(), in.readBoolean()));
        }
        return out;
    }
}
