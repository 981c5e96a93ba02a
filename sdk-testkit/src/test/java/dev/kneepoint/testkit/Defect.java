package dev.kneepoint.testkit;

/** What a broken backend does wrong; each names the check that must find it. */
enum Defect {
    NONE(""),
    UNAVAILABLE("the backend is found by its id and is available"),
    FLICKERS("availability is the same every time and names a device"),
    IGNORES_OPTIONS("an unknown option is refused by name"),
    CHANGES_CAPABILITIES("capabilities stay the same and make sense"),
    DECIDES_OTHERWISE("a process on its own leads and decides by itself"),
    CLOSES_ONCE("close may be called twice, and the backend opened again"),
    MATMUL("matmul is right for odd sizes"),
    ATTENTION("attention is right"),
    ATTENTION_GRADIENT("attention's gradient is right"),
    NORM("norm is right"),
    ACTIVATION("activation is right"),
    ROTARY("rotary embedding is right"),
    SOFTMAX("softmax is right, for large values too"),
    LOSS_GRADIENT("the loss's gradient is right"),
    GATHER_ROWS("rows are gathered"),
    QUANTISE("quantisation rounds to the nearest FP8 value"),
    ADAMW("AdamW is right"),
    ACCEPTS_ANY_LENGTH("lengths that do not fit are refused"),
    ALL_REDUCE("all-reduce is right for groups of 1, 2, 3, 4 and 8"),
    ALL_GATHER("all-gather is right for groups of 1, 2, 3, 4 and 8"),
    REDUCE_SCATTER("reduce-scatter is right for groups of 1, 2, 3, 4 and 8"),
    ALL_TO_ALL("all-to-all is right for groups of 1, 2, 3, 4 and 8"),
    BROADCAST("broadcast is right for groups of 1, 2, 3, 4 and 8"),
    OTHER_BITS("sums have the same bits on every rank and in every run"),
    SEND_RECEIVE("a message arrives as it was sent"),
    HIDES_NUMERICS("a backend without arithmetic says so every time"),
    HIDES_BENCH("a backend that times no transfers says so every time"),
    TIMED_ALL_REDUCE("timed all-reduce is right, out of place and in place"),
    TIMED_ALL_GATHER("timed all-gather is right, out of place and in place"),
    TIMED_REDUCE_SCATTER("timed reduce-scatter is right, out of place and in place"),
    TIMED_ALL_TO_ALL("timed all-to-all is right, out of place and in place"),
    TIMED_BROADCAST("timed broadcast is right, out of place and in place"),
    TIMED_SEND_RECEIVE("timed send-receive is right, out of place and in place"),
    PROMISES_TYPES("transfers of every element type are right"),
    PROMISES_REDUCTIONS("reductions that are offered are right"),
    TIMES_ALL_CALLS("a time is that of one transfer"),
    LOSES_PLACES("every rank has a place, the same every time"),
    BREAKS_WHERE_IT_REFUSES("transfers that cannot be are refused"),
    LIKES_ROUND_SIZES("a sweep measures every size, rounded down to whole parts"),
    TIMES_ON("timing a transfer can be cancelled"),
    LEAVES_THREADS("300 timed transfers leave neither threads nor memory behind"),
    FORGETS_RANKS("50 random legal plans run to the end for all their ranks"),
    MISCOUNTS_BYTES("the bytes that ranks send are the plan's"),
    VAGUE_REFUSAL("a plan with too many ranks is refused with the limit"),
    PARTS_TOO_LONG("the parts of every rank add up to the step time"),
    BUSIER_THAN_THE_STEP("busy times fit into the step"),
    NO_BUSY_TIME("an axis with traffic has busy time"),
    WRONG_SAMPLES("percentiles, samples and warm-up are as asked"),
    FASTER_THAN_LIGHT("no device executes more than its peak"),
    SPANS_BACKWARDS("spans are recorded when asked, in order on each stream, inside the step"),
    NO_DEVICE("provenance and origin say where figures come from"),
    INVENTS_POWER("power is there only if the backend measures it"),
    IGNORES_CANCELLED("a cancelled request does not run"),
    CANCELS_LATE("cancellation ends a run soon"),
    IGNORES_DEADLINE("a deadline that has passed ends a run"),
    STAYS_BROKEN("the backend works again after cancellation and deadline"),
    SWALLOWS_FAILURES("a failing run ends in one typed exception and leaves no thread"),
    LEAKS_MEMORY("1000 executions leak neither threads nor memory");

    private final String check;

    Defect(String check) {
        this.check = check;
    }

    /** Name of the check that must fail. */
    String check() {
        return check;
    }
}
