package dev.kneepoint.backend.nccl;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;

/** What the processes are agreeing on, at rank 0: the first question of each is the same question. Confined to one thread. */
final class HubAgreements {
    /** Takes a verdict to the others; an empty one says that all hold the same. */
    @FunctionalInterface
    interface Verdicts {
        void give(int number, String verdict);
    }

    private record Open(String label, Agreement agreement, long begun, long patience) {}

    private final int size;
    private final Verdicts verdicts;
    private final Map<Integer, Integer> asked = new HashMap<>();
    private final Map<Integer, Open> open = new TreeMap<>();
    private final Map<Integer, String> given = new HashMap<>();
    private final Map<Integer, CompletableFuture<String>> mine = new HashMap<>();
    private String end = "";

    HubAgreements(int size, Verdicts verdicts) {
        this.size = size;
        this.verdicts = verdicts;
    }

    /** Rank 0 asks. */
    void mine(String label, String entry, Duration deadline, CompletableFuture<String> verdict) {
        int number = asked.getOrDefault(0, 0);
        mine.put(number, verdict);
        put(0, label, entry, deadline);
    }

    /** A process asks. */
    void put(int rank, String label, String entry, Duration deadline) {
        int number = asked.merge(rank, 1, Integer::sum) - 1;
        if (given.containsKey(number)) {
            give(number, given.get(number));
            return;
        }
        Open question = open.computeIfAbsent(
                number, n -> new Open(label, new Agreement(size), System.nanoTime(), deadline.toNanos()));
        question.agreement().put(rank, entry);
        if (!end.isEmpty()) {
            give(number, end);
        } else if (question.agreement().isComplete()) {
            give(number, question.agreement().verdict());
        }
    }

    /** Questions that waited too long are answered. */
    void tick(long now) {
        for (Map.Entry<Integer, Open> entry : List.copyOf(open.entrySet())) {
            Open question = entry.getValue();
            if (now - question.begun() > question.patience()) {
                give(entry.getKey(), question.agreement().missing(question.label()));
            }
        }
    }

    /** A process has left, so that no question can be answered any more. */
    void left(int rank) {
        abandon("rank " + rank + " has left the run");
    }

    /** No question can be answered any more. */
    void abandon(String why) {
        if (end.isEmpty()) {
            end = why;
            new ArrayList<>(open.keySet()).forEach(number -> give(number, why));
        }
    }

    private void give(int number, String verdict) {
        open.remove(number);
        if (given.put(number, verdict) == null) {
            verdicts.give(number, verdict);
        }
        CompletableFuture<String> waiting = mine.remove(number);
        if (waiting != null) {
            waiting.complete(verdict);
        }
    }
}
