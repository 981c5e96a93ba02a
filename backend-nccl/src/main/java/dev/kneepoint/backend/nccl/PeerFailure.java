package dev.kneepoint.backend.nccl;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;

/**
 * What ended the run somewhere.
 *
 * @param rank the process that failed, from 0; {@link #NOBODY} if it was none of the run's
 * @param op the op that it was at; empty between ops, or if it can no longer tell
 * @param group the process group of the op; empty if there is none
 * @param message what went wrong
 */
record PeerFailure(int rank, String op, String group, String message) {
    /** The rank where none of the processes of the run failed. */
    static final int NOBODY = -1;

    /** The longest text that travels; a longer one is cut. */
    static final int LONGEST = 2000;

    PeerFailure {
        op = WireText.cut(op, LONGEST);
        group = WireText.cut(group, LONGEST);
        message = WireText.cut(message, LONGEST);
    }

    /** All of it in one line. */
    String text() {
        return (rank < 0 ? "" : "rank " + rank + ", ")
                + (op.isEmpty() ? "" : "op '" + op + "', ")
                + (group.isEmpty() ? "" : group + ", ")
                + message;
    }

    void write(DataOutputStream out) throws IOException {
        out.writeInt(rank);
        WireText.write(out, op);
        WireText.write(out, group);
        WireText.write(out, message);
    }

    static PeerFailure read(DataInputStream in) throws IOException {
        return new PeerFailure(
                in.readInt(), WireText.read(in, LONGEST), WireText.read(in, LONGEST), WireText.read(in, LONGEST));
    }
}
