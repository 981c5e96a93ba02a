package dev.kneepoint.backend.nccl;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.Map;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * The secret of a run, which never travels: who knows it can sign what it says (HMAC with SHA-256, RFC 2104). Without one
 * all runs have the same, and the signature only finds damage. Immutable.
 */
final class SharedToken {
    /** The variable that holds it. */
    static final String VARIABLE = "KNEEPOINT_TOKEN";

    /** Bytes of a signature. */
    static final int BYTES = 32;

    private static final String MAC = "HmacSHA256";

    private final SecretKeySpec key;
    private final boolean secret;

    private SharedToken(String token) {
        key = new SecretKeySpec(("kneepoint:" + token).getBytes(UTF_8), MAC);
        secret = !token.isEmpty();
    }

    /**
     * The token of the environment.
     *
     * @throws IllegalArgumentException if the variable is set and empty
     */
    static SharedToken of(Map<String, String> environment) {
        String token = environment.get(VARIABLE);
        if (token == null) {
            return new SharedToken("");
        }
        if (token.isBlank()) {
            throw new IllegalArgumentException(
                    VARIABLE + " is set and empty; give all processes the same token, or unset it");
        }
        return new SharedToken(token.strip());
    }

    /** Whether there is one. */
    boolean isSecret() {
        return secret;
    }

    /** Signs several pieces, one after the other, each with its length. */
    byte[] sign(byte[]... pieces) {
        try {
            Mac mac = Mac.getInstance(MAC);
            mac.init(key);
            for (byte[] piece : pieces) {
                mac.update((piece.length + ":").getBytes(UTF_8));
                mac.update(piece);
            }
            return mac.doFinal();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every JDK has " + MAC, e);
        }
    }

    /** Whether a signature is the one of these pieces; takes as long for any wrong one. */
    boolean verifies(byte[] signature, byte[]... pieces) {
        return MessageDigest.isEqual(sign(pieces), signature);
    }

    /** A number used once. */
    static byte[] nonce() {
        byte[] nonce = new byte[BYTES];
        new SecureRandom().nextBytes(nonce);
        return nonce;
    }

    @Override
    public String toString() {
        return secret ? "a token" : "no token";
    }
}
