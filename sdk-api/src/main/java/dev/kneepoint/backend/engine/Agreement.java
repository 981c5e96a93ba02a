package dev.kneepoint.backend.engine;

import com.google.common.hash.Hashing;
import dev.kneepoint.plan.StepPlan;
import dev.kneepoint.spi.BackendException;
import dev.kneepoint.spi.ExecutionCancelledException;
import dev.kneepoint.spi.ExecutionRequest;
import dev.kneepoint.spi.UnsupportedPlanException;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** What all processes make sure of before a run: that it is the same run, and that none of them refuses it. */
final class Agreement {
    private static final int SHORT = 200;
    private static final int SHOWN_DIGITS = 8;
    private static final int MOST_SHOWN = 8;

    /** Why a process does not run; the order is that of the bytes on the wire. */
    private enum Answer {
        YES,
        CANCELLED,
        UNSUPPORTED,
        FAILED
    }

    /** What the process says whose ranks begin at one; the hash stands for all that has to be the same. */
    private record Vote(int rank, int ranks, String hash, String what, Answer answer, String reason) {
        /** The run, for people. */
        String run() {
            return what + " (plan " + hash.substring(0, SHOWN_DIGITS) + ")";
        }

        Vote refusing(Answer why, RuntimeException reason) {
            return new Vote(rank, ranks, hash, what, why, String.valueOf(reason.getMessage()));
        }
    }

    private Agreement() {}

    /**
     * Agrees on a run.
     *
     * @param check refuses it by an exception
     * @throws AgreedException if any process refuses, on all of them
     */
    static void on(ExecutionRequest request, RankNetwork network, Runnable check) {
        Vote mine = vote(request, network, () -> {
            checkRoom(request.plan(), network);
            check.run();
        });
        List<Vote> votes = network.exchange(encode(mine), false).stream()
                .map(Agreement::decode)
                .toList();
        if (votes.stream().map(Vote::hash).distinct().count() > 1) {
            throw new AgreedException(new BackendException(differences(votes)));
        }
        for (Vote vote : votes) {
            if (vote.answer() != Answer.YES) {
                throw new AgreedException(refusal(vote, mine));
            }
        }
    }

    private static void checkRoom(StepPlan plan, RankNetwork network) {
        int ranks = plan.layout().devices();
        if (ranks > network.size()) {
            throw new UnsupportedPlanException("the plan has " + ranks + " ranks; there are " + network.size()
                    + " in all processes: start more, or take a plan of at most " + network.size());
        }
    }

    private static String differences(List<Vote> votes) {
        Map<String, List<Integer>> ranks = new LinkedHashMap<>();
        for (Vote vote : votes) {
            List<Integer> of = ranks.computeIfAbsent(vote.run(), run -> new ArrayList<>());
            IntStream.range(vote.rank(), vote.rank() + vote.ranks()).forEach(of::add);
        }
        return "the processes run different plans: "
                + ranks.entrySet().stream()
                        .limit(MOST_SHOWN)
                        .map(e -> RankList.text(e.getValue()) + ": " + e.getKey())
                        .collect(Collectors.joining("; "))
                + (ranks.size() > MOST_SHOWN ? "; and " + (ranks.size() - MOST_SHOWN) + " more" : "")
                + "; all must run the same plans, with the same steps, in the same order";
    }

    /** The first one that refuses says for all how it ends; in its own words where this process refuses alike. */
    private static BackendException refusal(Vote vote, Vote mine) {
        String text = vote.answer() == mine.answer() ? mine.reason() : "rank " + vote.rank() + ": " + vote.reason();
        return switch (vote.answer()) {
            case CANCELLED -> new ExecutionCancelledException(text);
            case UNSUPPORTED -> new UnsupportedPlanException(text);
            case FAILED, YES -> new BackendException(text);
        };
    }

    private static Vote vote(ExecutionRequest request, RankNetwork network, Runnable check) {
        StepPlan plan = request.plan();
        String what = plan.layout().strategy().spec() + " on " + plan.layout().devices() + " ranks, "
                + request.warmupSteps() + " + " + request.measuredSteps() + " steps";
        String all = what
                + request.recordSpans()
                + plan.layout()
                + plan.programs()
                + plan.scenario().workload().precision();
        String hash = Hashing.sha256().hashString(all, StandardCharsets.UTF_8).toString();
        String shown = what.length() > SHORT ? what.substring(0, SHORT) : what;
        Vote yes = new Vote(network.local().getFirst(), network.local().size(), hash, shown, Answer.YES, "");
        try {
            request.cancellation().throwIfCancelled("starting the run");
            check.run();
            return yes;
        } catch (ExecutionCancelledException e) {
            return yes.refusing(Answer.CANCELLED, e);
        } catch (UnsupportedPlanException e) {
            return yes.refusing(Answer.UNSUPPORTED, e);
        } catch (RuntimeException e) {
            return yes.refusing(Answer.FAILED, e);
        }
    }

    private static byte[] encode(Vote vote) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (DataOutputStream out = new DataOutputStream(bytes)) {
            out.writeInt(vote.rank());
            out.writeInt(vote.ranks());
            out.writeUTF(vote.hash());
            out.writeUTF(vote.what());
            out.writeByte(vote.answer().ordinal());
            out.writeUTF(vote.reason());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return bytes.toByteArray();
    }

    private static Vote decode(byte[] bytes) {
        try (DataInputStream in = new DataInputStream(new ByteArrayInputStream(bytes))) {
            return new Vote(
                    in.readInt(),
                    in.readInt(),
                    in.readUTF(),
                    in.readUTF(),
                    Answer.values()[in.readByte()],
                    in.readUTF());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
