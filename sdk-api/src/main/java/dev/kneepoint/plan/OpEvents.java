package dev.kneepoint.plan;

import java.util.List;

/** The events of a rank program, as small numbers for {@link OpSink}. */
public final class OpEvents {
    /** No event. */
    public static final int NONE = -1;
    /** The weights of the next unit are gathered. */
    public static final int GATHERED = 0;
    /** The latest unit has computed. */
    public static final int COMPUTED = 1;
    /** The latest tensor-parallel collective has ended. */
    public static final int TENSOR = 2;
    /** The latest re-gather of a saved tensor-parallel input has ended. */
    public static final int REGATHERED = 3;
    /** The latest context-parallel exchange has ended. */
    public static final int CONTEXT = 4;
    /** The latest expert all-to-all has ended. */
    public static final int EXPERT = 5;
    /** The latest gradient reduction has ended. */
    public static final int REDUCED = 6;
    /** The weights of the next unit's experts are gathered. */
    public static final int EXPERTS_GATHERED = 7;
    /** How many events there are. */
    public static final int COUNT = 8;

    private static final List<String> NAMES =
            List.of("gathered", "computed", "tensor", "regathered", "context", "expert", "reduced", "experts-gathered");

    private OpEvents() {}

    /**
     * The name that plans use.
     *
     * @param event an event but {@link #NONE}
     * @return its name
     */
    public static String name(int event) {
        return NAMES.get(event);
    }

    /**
     * The number of a name.
     *
     * @param name a plan's event name
     * @return the event
     * @throws IllegalArgumentException if there is none of that name
     */
    public static int number(String name) {
        int i = NAMES.indexOf(name);
        if (i < 0) {
            throw new IllegalArgumentException("unknown event '" + name + "'");
        }
        return i;
    }
}
