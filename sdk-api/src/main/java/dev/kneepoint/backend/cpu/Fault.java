package dev.kneepoint.backend.cpu;

import com.google.common.base.Splitter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/**
 * Something that shall go wrong.
 *
 * @param kind what
 * @param rank where
 * @param op at which op, or {@code *} for all
 * @param factor how many times longer compute takes with {@link Kind#SLOW}
 */
record Fault(Kind kind, int rank, String op, double factor) {
    /** Ways to go wrong. */
    enum Kind {
        /** Compute takes longer. */
        SLOW,
        /** The op throws. */
        FAIL,
        /** The rank stops without a word. */
        ABSENT,
        /** The op's result becomes NaN. */
        NAN,
        /** The op moves another number of bytes than the other ranks expect. */
        RESIZE,
        /** The op is left out. */
        SKIP
    }

    static final String ANY = "*";

    private static final String EXAMPLE =
            "for example 'slow(rank=3,factor=2)' or 'fail(rank=1,op=qkv)', several separated by ';'";

    boolean hits(String atOp) {
        return op.equals(ANY) || op.equals(atOp);
    }

    /**
     * Faults of an option's text.
     *
     * @throws IllegalArgumentException with what is wrong and an example
     */
    static List<Fault> parse(String text) {
        List<Fault> out = new ArrayList<>();
        for (String part : Splitter.on(';').trimResults().omitEmptyStrings().split(text)) {
            int open = part.indexOf('(');
            if (open < 0 || !part.endsWith(")")) {
                throw wrong(part, "it is not kind(name=value,…)");
            }
            out.add(parse(part, part.substring(0, open), part.substring(open + 1, part.length() - 1)));
        }
        return out;
    }

    private static Fault parse(String whole, String kindText, String arguments) {
        Kind kind;
        try {
            kind = Kind.valueOf(kindText.trim().toUpperCase(Locale.ROOT));
        } catch (IllegalArgumentException e) {
            throw wrong(whole, "there is no fault '" + kindText + "'; there are slow, fail, absent, nan, resize, skip");
        }
        Map<String, String> values = new TreeMap<>();
        for (String pair : Splitter.on(',').trimResults().omitEmptyStrings().split(arguments)) {
            List<String> sides = Splitter.on('=').limit(2).trimResults().splitToList(pair);
            if (sides.size() != 2 || !List.of("rank", "op", "factor").contains(sides.get(0))) {
                throw wrong(whole, "'" + pair + "' is not rank=, op= or factor=");
            }
            values.put(sides.get(0), sides.get(1));
        }
        boolean slow = kind == Kind.SLOW;
        if (!values.containsKey("rank") || slow != values.containsKey("factor") || slow == values.containsKey("op")) {
            throw wrong(whole, slow ? "slow needs rank and factor" : kindText + " needs rank and op");
        }
        return new Fault(
                kind,
                (int) number(whole, values.getOrDefault("rank", ""), 0, 1 << 20),
                values.getOrDefault("op", ANY),
                slow ? number(whole, values.getOrDefault("factor", ""), 1, 1e6) : 1);
    }

    private static double number(String whole, String text, double least, double most) {
        try {
            double value = Double.parseDouble(text);
            if (value >= least && value <= most) {
                return value;
            }
        } catch (NumberFormatException e) {
            throw wrong(whole, "'" + text + "' is no number");
        }
        throw wrong(whole, "'" + text + "' is not between " + least + " and " + most);
    }

    private static IllegalArgumentException wrong(String part, String why) {
        return new IllegalArgumentException("cpu.faults: '" + part + "': " + why + "; " + EXAMPLE);
    }
}
