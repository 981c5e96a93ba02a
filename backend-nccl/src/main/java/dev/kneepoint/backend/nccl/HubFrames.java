package dev.kneepoint.backend.nccl;

/** What rank 0 says, as frames. */
final class HubFrames {
    private HubFrames() {}

    /** A type that holds only a text. */
    static Frame text(Frame.Type type, String text) {
        return Frame.of(type, out -> WireText.write(out, WireText.cut(text, PeerFailure.LONGEST)));
    }

    /** That a process is not taken, and whether it may come again. */
    static Frame refused(boolean again, String why) {
        return Frame.of(Frame.Type.REFUSED, out -> {
            out.writeBoolean(again);
            WireText.write(out, WireText.cut(why, PeerFailure.LONGEST));
        });
    }
}
