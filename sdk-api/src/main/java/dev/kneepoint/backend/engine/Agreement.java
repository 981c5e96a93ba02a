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
import java.util.List;

/** What all processes make sure of before a run: that it is the same run, and that none of them refuses it. */
final class Agreement {
    private static final int SHORT = 200;

    /** Why a process does not run; the order is that of the bytes on the wire. */
    private enum Answer {
        YES,
        CANCELLED,
        UNSUPPORTED,
        FAILED
    }

    /** What one process says. */
    private record Vote(int rank, String hash, String what, Answer answer, String reason) {}

    private Agreement() {}

    /**
     * Agrees on a run.
     *
     * @param check refuses it by an exception
     * @throws AgreedException if any process refuses, on all of them
     */
    static void on(ExecutionRequest request, RankNetwork network, Runnable check) {
        StepPlan plan = request.plan();
        int ranks = plan.layout().devices();
        if (ranks > network.size()) {
            // All processes come to this by themselves.
            throw new AgreedException(new UnsupportedPlanException("the plan has " + ranks + " ranks; there are "
                    + network.size() + " in all processes: start more, or take a plan of at most " + network.size()));
        }
        Vote mine = vote(request, network.local().getFirst(), check);
        List<Vote> votes = network.exchange(encode(mine), false).stream()
                .map(Agreement::decode)
                .toList();
        for (Vote vote : votes) {
            if (!vote.hash().equals(votes.getFirst().hash())) {
                throw new AgreedException(new BackendException("rank " + vote.rank() + " runs another plan than rank "
                        + votes.getFirst().rank() + ": " + vote.what() + " where the other runs "
                        + votes.getFirst().what() + "; all processes must run the same plans, with the same steps, in"
                        + " the same order"));
            }
        }
        for (Vote vote : votes) {
            if (vote.answer() != Answer.YES) {
                throw new AgreedException(refusal(vote, vote.rank() == mine.rank()));
            }
        }
    }

    private static BackendException refusal(Vote vote, boolean own) {
        String text = own ? vote.reason() : "rank " + vote.rank() + ": " + vote.reason();
        return switch (vote.answer()) {
            case CANCELLED -> new ExecutionCancelledException(text);
            case UNSUPPORTED -> new UnsupportedPlanException(text);
            case FAILED, YES -> new BackendException(text);
        };
    }

    private static Vote vote(ExecutionRequest request, int rank, Runnable check) {
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
        try {
            request.cancellation().throwIfCancelled("starting the run");
            check.run();
            return new Vote(rank, hash, shown, Answer.YES, "");
        } catch (ExecutionCancelledException e) {
            return new Vote(rank, hash, shown, Answer.CANCELLED, String.valueOf(e.getMessage()));
        } catch (UnsupportedPlanException e) {
            return new Vote(rank, hash, shown, Answer.UNSUPPORTED, String.valueOf(e.getMessage()));
        } catch (RuntimeException e) {
            return new Vote(rank, hash, shown, Answer.FAILED, String.valueOf(e.getMessage()));
        }
    }

    private static byte[] encode(Vote vote) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (DataOutputStream out = new DataOutputStream(bytes)) {
            out.writeInt(vote.rank());
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
            return new Vote(in.readInt(), in.readUTF(), in.readUTF(), Answer.values()[in.readByte()], in.readUTF());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
