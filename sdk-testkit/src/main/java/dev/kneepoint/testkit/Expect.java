package dev.kneepoint.testkit;

/** The few assertions that the batteries need. */
final class Expect {
    /** Code that may throw. */
    @FunctionalInterface
    interface Code {
        /** Runs it. */
        void run() throws Exception;
    }

    private Expect() {}

    static void that(boolean holds, String otherwise) {
        if (!holds) {
            throw new AssertionError(otherwise);
        }
    }

    static String message(Throwable e) {
        return String.valueOf(e.getMessage());
    }

    /** Fails unless the code throws an exception of a type, with a message; returns it. */
    static <T extends Throwable> T expectThrows(Class<T> type, String doing, Code code) {
        try {
            code.run();
        } catch (Throwable e) {
            if (!type.isInstance(e)) {
                throw new AssertionError(doing + " throws " + e + " instead of " + type.getSimpleName(), e);
            }
            that(message(e).length() > 8, doing + ": the exception does not say what is wrong");
            return type.cast(e);
        }
        throw new AssertionError(doing + " throws nothing; expected " + type.getSimpleName());
    }
}
