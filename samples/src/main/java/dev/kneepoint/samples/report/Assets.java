package dev.kneepoint.samples.report;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.Locale;
import java.util.Properties;

/** What is inlined into the report: our own files beside this class, and uPlot from its WebJar. */
final class Assets {
    private static final String WEBJAR_POM = "/META-INF/maven/org.webjars.npm/uplot/pom.properties";

    private Assets() {}

    /** A file beside this class. */
    static String own(String name) throws IOException {
        return read("/dev/kneepoint/samples/report/" + name);
    }

    /** A script of ours; it must survive inside a script element. */
    static String script(String name) throws IOException {
        return inlinable(own(name), name, "script");
    }

    /** A style sheet of ours; it must survive inside a style element. */
    static String style(String name) throws IOException {
        return inlinable(own(name), name, "style");
    }

    /** uPlot's style sheet. */
    static String plotStyle() throws IOException {
        return inlinable(read(webjar() + "dist/uPlot.min.css"), "uPlot.min.css", "style");
    }

    /** uPlot, with its license in front as the license asks. */
    static String plotScript() throws IOException {
        String license = read(webjar() + "LICENSE").replace("*/", "* /");
        String script = "/*\nuPlot\n" + license + "*/\n" + read(webjar() + "dist/uPlot.iife.min.js");
        return inlinable(script, "uPlot.iife.min.js", "script");
    }

    /** The source expression that lets a content security policy accept an inline script or style of this text. */
    static String hash(String text) {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(text.getBytes(UTF_8));
            return "'sha256-" + Base64.getEncoder().encodeToString(digest) + "'";
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }

    // The folder holds the version, so ask the jar for it: an update of the dependency needs no change here.
    private static String webjar() throws IOException {
        try (InputStream in = open(WEBJAR_POM)) {
            Properties pom = new Properties();
            pom.load(in);
            return "/META-INF/resources/webjars/uplot/" + pom.getProperty("version") + "/";
        }
    }

    // Browsers turn CRLF into LF before they hash, so a checkout with CRLF would not match its own policy.
    private static String read(String resource) throws IOException {
        try (InputStream in = open(resource)) {
            return new String(in.readAllBytes(), UTF_8).replace("\r\n", "\n");
        }
    }

    private static InputStream open(String resource) throws IOException {
        InputStream in = Assets.class.getResourceAsStream(resource);
        if (in == null) {
            throw new FileNotFoundException("the class path has no " + resource);
        }
        return in;
    }

    private static String inlinable(String text, String name, String element) {
        if (text.toLowerCase(Locale.ROOT).contains("</" + element)) {
            throw new IllegalStateException(name + " would close its " + element + " element");
        }
        return text;
    }
}
