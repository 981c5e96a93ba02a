package dev.kneepoint.backend.engine;

import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;

/** What ranks of a group bring to its calls. */
final class HostMeetings {
    private final int size;
    private final Map<String, Encounter> calls = new HashMap<>();

    HostMeetings(int size) {
        this.size = size;
    }

    Encounter call(String key, int parties) {
        return calls.computeIfAbsent(key, k -> new Encounter(parties));
    }

    int size() {
        return size;
    }

    /** One call: who has arrived with what. */
    static final class Encounter {
        final Object[] brought;
        boolean done;

        Encounter(int parties) {
            brought = new Object[parties];
        }

        boolean isFull() {
            return Arrays.stream(brought).noneMatch(b -> b == null);
        }
    }
}
