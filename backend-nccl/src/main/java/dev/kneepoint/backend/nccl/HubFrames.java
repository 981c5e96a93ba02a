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

    /** What came of the question with that number; an empty verdict says that all hold the same. */
    static Frame agreed(int number, String verdict) {
        return Frame.of(Frame.Type.AGREED, out -> {
            out.writeInt(number);
            WireText.write(out, WireText.cut(verdict, PeerFailure.LONGEST));
        });
    }
}
