package dev.kneepoint.backend.nccl;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;

/**
 * How two processes prove to each other that they know the token. Rank 0 opens with the magic and a number used once; the
 * other answers with the magic, a number of its own, its hello, and the signature of all three; rank 0's message that all
 * have come carries a signature too. What is signed says who says it, so that no side can be answered with its own words.
 */
final class Handshake {
    private static final byte[] HELLO = "hello".getBytes(UTF_8);
    private static final byte[] WORLD = "world".getBytes(UTF_8);
    private static final byte[] MAGIC = "KNEEPNT1".getBytes(US_ASCII);

    private Handshake() {}

    /** What each side says first. */
    static byte[] magic() {
        return MAGIC.clone();
    }

    /** A process's answer to rank 0's number. */
    static Frame hello(SharedToken token, byte[] serverNonce, byte[] clientNonce, Hello hello) {
        byte[] bytes = hello.toBytes();
        return Frame.of(Frame.Type.HELLO, out -> {
            out.write(clientNonce);
            out.write(token.sign(HELLO, serverNonce, clientNonce, bytes));
            out.write(bytes);
        });
    }

    /** An answer whose signature is right. */
    static final class Answer {
        private final byte[] clientNonce;
        private final byte[] hello;

        private Answer(byte[] clientNonce, byte[] hello) {
            this.clientNonce = clientNonce;
            this.hello = hello;
        }

        /** The other side's number. */
        byte[] clientNonce() {
            return clientNonce;
        }

        /**
         * Who it says it is.
         *
         * @throws IOException if that cannot be read
         */
        Hello hello() throws IOException {
            return Hello.of(hello);
        }
    }

    /**
     * Checks an answer.
     *
     * @throws WrongTokenException if the other side does not know the token
     * @throws IOException if it is malformed
     */
    static Answer answer(SharedToken token, byte[] serverNonce, Frame frame) throws IOException {
        DataInputStream in = frame.content();
        byte[] clientNonce = exactly(in, SharedToken.BYTES);
        byte[] signature = exactly(in, SharedToken.BYTES);
        byte[] hello = in.readAllBytes();
        if (!token.verifies(signature, HELLO, serverNonce, clientNonce, hello)) {
            throw new WrongTokenException();
        }
        return new Answer(clientNonce, hello);
    }

    /** Rank 0's message that all have come. */
    static Frame world(SharedToken token, byte[] serverNonce, byte[] clientNonce, byte[] world) {
        return Frame.of(Frame.Type.WORLD, out -> {
            out.write(token.sign(WORLD, clientNonce, serverNonce, world));
            out.write(world);
        });
    }

    /**
     * Checks that message.
     *
     * @throws WrongTokenException if the other side does not know the token
     * @throws IOException if it is malformed
     */
    static World world(SharedToken token, byte[] serverNonce, byte[] clientNonce, Frame frame) throws IOException {
        DataInputStream in = frame.content();
        byte[] signature = exactly(in, SharedToken.BYTES);
        byte[] world = in.readAllBytes();
        if (!token.verifies(signature, WORLD, clientNonce, serverNonce, world)) {
            throw new WrongTokenException();
        }
        return World.of(world);
    }

    static byte[] exactly(DataInputStream in, int length) throws IOException {
        byte[] bytes = in.readNBytes(length);
        if (bytes.length < length) {
            throw new EOFException(length + " bytes were to come, and " + bytes.length + " did");
        }
        return bytes;
    }

    /** The other side does not know the token. */
    static final class WrongTokenException extends IOException {
        private static final long serialVersionUID = 1L;

        WrongTokenException() {
            super("its " + SharedToken.VARIABLE + " is not this run's");
        }
    }
}
