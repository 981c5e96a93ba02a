package dev.kneepoint.testkit;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Faults that backend {@code cpu} injects into a run, so that a host application can test how it handles them. Immutable.
 *
 * <pre>{@code
 * Map<String, String> options = Faults.none().slow(3, 2.0).onVirtualClock();
 * }</pre>
 */
public final class Faults {
    private final List<String> parts;

    private Faults(List<String> parts) {
        this.parts = List.copyOf(parts);
    }

    /**
     * Nothing goes wrong.
     *
     * @return no faults
     */
    public static Faults none() {
        return new Faults(List.of());
    }

    private Faults and(String part) {
        List<String> all = new ArrayList<>(parts);
        all.add(part);
        return new Faults(all);
    }

    private Faults at(String kind, int rank, String op) {
        if (rank < 0) {
            throw new IllegalArgumentException("rank " + rank + " is negative; ranks are counted from 0");
        }
        if (op.isBlank() || op.chars().anyMatch(c -> ",;()=".indexOf(c) >= 0)) {
            throw new IllegalArgumentException("'" + op + "' is no op name; the plan lists them, * stands for all");
        }
        return and(kind + "(rank=" + rank + ",op=" + op + ")");
    }

    /**
     * A rank computes more slowly.
     *
     * @param rank the rank, from 0
     * @param factor how many times longer, at least 1
     * @return these faults and that one
     */
    public Faults slow(int rank, double factor) {
        if (!(factor >= 1) || rank < 0) {
            throw new IllegalArgumentException(
                    "slow(" + rank + ", " + factor + "): the rank is at least 0, the factor at least 1");
        }
        return and(String.format(Locale.ROOT, "slow(rank=%d,factor=%s)", rank, factor));
    }

    /**
     * An op throws.
     *
     * @param rank the rank, from 0
     * @param op the op's name in the plan, or {@code *}
     * @return these faults and that one
     */
    public Faults fail(int rank, String op) {
        return at("fail", rank, op);
    }

    /**
     * A rank stops at an op without a word, as a hung process does.
     *
     * @param rank the rank, from 0
     * @param op the op's name in the plan, or {@code *}
     * @return these faults and that one
     */
    public Faults absent(int rank, String op) {
        return at("absent", rank, op);
    }

    /**
     * An op's result becomes NaN.
     *
     * @param rank the rank, from 0
     * @param op the op's name in the plan, or {@code *}
     * @return these faults and that one
     */
    public Faults nan(int rank, String op) {
        return at("nan", rank, op);
    }

    /**
     * A transfer has another size on one rank than on the others.
     *
     * @param rank the rank, from 0
     * @param op the op's name in the plan, or {@code *}
     * @return these faults and that one
     */
    public Faults resize(int rank, String op) {
        return at("resize", rank, op);
    }

    /**
     * A rank leaves an op out.
     *
     * @param rank the rank, from 0
     * @param op the op's name in the plan, or {@code *}
     * @return these faults and that one
     */
    public Faults skip(int rank, String op) {
        return at("skip", rank, op);
    }

    /**
     * Options of backend {@code cpu} on the wall clock.
     *
     * @return options by name
     */
    public Map<String, String> options() {
        Map<String, String> out = new LinkedHashMap<>();
        if (!parts.isEmpty()) {
            out.put("cpu.faults", String.join(";", parts));
        }
        return out;
    }

    /**
     * Options of backend {@code cpu} on the virtual clock: times come from the plan's hardware profile, the same ones in
     * every run.
     *
     * @return options by name
     */
    public Map<String, String> onVirtualClock() {
        Map<String, String> out = new LinkedHashMap<>(options());
        out.put("cpu.clock", "virtual");
        return out;
    }
}
