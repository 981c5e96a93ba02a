package dev.kneepoint.backend.engine;

import dev.kneepoint.backend.engine.RankGroup.Call;
import dev.kneepoint.plan.CollectiveKind;
import dev.kneepoint.spi.ReductionOp;
import java.util.Arrays;
import java.util.List;

/**
 * What collectives of a network between the host's devices compute. Parts are summed as ranks of one process sum them, so
 * that results have the same bits.
 */
final class HostCollectives {
    private HostCollectives() {}

    /** Does the work of all ranks. */
    static void perform(String group, List<Call> calls) {
        for (Call c : calls) {
            if (c.kind() != calls.getFirst().kind()
                    || c.length() != calls.getFirst().length()) {
                throw new AssertionError("ranks bring different collectives to " + group + ": " + calls);
            }
        }
        float[][] in = new float[calls.size()][];
        int length = (int) calls.getFirst().length();
        boolean gathers = calls.getFirst().kind() == CollectiveKind.ALL_GATHER;
        for (int i = 0; i < in.length; i++) {
            in[i] = HostBuffer.get(calls.get(i).in(), gathers ? part(length, i, in.length) : length);
        }
        for (int i = 0; i < in.length; i++) {
            float[] out = result(calls.get(i), in, i, length);
            HostBuffer.part(calls.get(i).out(), out.length).put(out);
        }
    }

    private static int at(int length, int part, int parts) {
        return (int) CollectiveCommands.partAt(length, part, parts);
    }

    private static int part(int length, int part, int parts) {
        return at(length, part + 1, parts) - at(length, part, parts);
    }

    private static float[] result(Call call, float[][] in, int place, int length) {
        return switch (call.kind()) {
            case ALL_REDUCE -> {
                float[] out = new float[length];
                for (int p = 0; p < in.length; p++) {
                    System.arraycopy(
                            sum(call, in, p, length), 0, out, at(length, p, in.length), part(length, p, in.length));
                }
                yield out;
            }
            case REDUCE_SCATTER -> sum(call, in, place, length);
            case BROADCAST -> in[0];
            case ALL_GATHER -> {
                float[] out = new float[length];
                for (int p = 0; p < in.length; p++) {
                    System.arraycopy(in[p], 0, out, at(length, p, in.length), in[p].length);
                }
                yield out;
            }
            case ALL_TO_ALL -> {
                int part = part(length, place, in.length);
                float[] out = new float[in.length * part];
                for (int p = 0; p < in.length; p++) {
                    System.arraycopy(in[p], at(length, place, in.length), out, p * part, part);
                }
                yield out;
            }
        };
    }

    /** Rounded after every addend, as arrays are that hold less than single precision. */
    private static float[] sum(Call call, float[][] in, int part, int length) {
        DataType type = call.in().buffer().type();
        int from = at(length, part, in.length);
        float[] out = Arrays.copyOfRange(in[part], from, at(length, part + 1, in.length));
        for (int j = 1; j < in.length; j++) {
            float[] other = in[(part + j) % in.length];
            for (int i = 0; i < out.length; i++) {
                out[i] = combine(call.op(), out[i], other[from + i]);
            }
            out = type.unpack(type.pack(out), out.length);
        }
        for (int i = 0; call.op() == ReductionOp.AVG && i < out.length; i++) {
            out[i] *= 1f / in.length;
        }
        return out;
    }

    private static float combine(ReductionOp op, float all, float one) {
        return switch (op) {
            case SUM, AVG -> all + one;
            case PROD -> all * one;
            case MIN -> Math.min(all, one);
            case MAX -> Math.max(all, one);
        };
    }
}
