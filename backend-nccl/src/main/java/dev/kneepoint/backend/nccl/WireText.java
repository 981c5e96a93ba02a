package dev.kneepoint.backend.nccl;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.common.base.Ascii;
import com.google.common.base.CharMatcher;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;

/** Texts as they travel between processes: a length of two bytes and UTF-8, never longer than the reader says. */
final class WireText {
    private static final int MOST_BYTES_PER_CHAR = 3;

    private WireText() {}

    /** A text that a reader with the same bound takes, in one line. */
    static String cut(String text, int longest) {
        String line = CharMatcher.javaIsoControl().replaceFrom(text, ' ');
        return Ascii.truncate(line, longest, "...");
    }

    static void write(DataOutputStream out, String text) throws IOException {
        byte[] bytes = text.getBytes(UTF_8);
        out.writeShort(bytes.length);
        out.write(bytes);
    }

    static String read(DataInputStream in, int longest) throws IOException {
        int length = in.readUnsignedShort();
        if (length > longest * MOST_BYTES_PER_CHAR) {
            throw new IOException("a text of " + length + " bytes, where " + longest + " characters are the most");
        }
        byte[] bytes = in.readNBytes(length);
        if (bytes.length < length) {
            throw new EOFException("a text of " + length + " bytes ends after " + bytes.length);
        }
        return cut(new String(bytes, UTF_8), longest);
    }
}
