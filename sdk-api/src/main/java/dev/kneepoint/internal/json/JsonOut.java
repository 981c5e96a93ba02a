package dev.kneepoint.internal.json;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.StreamWriteFeature;
import com.fasterxml.jackson.core.util.DefaultIndenter;
import com.fasterxml.jackson.core.util.DefaultPrettyPrinter;
import com.google.errorprone.annotations.CanIgnoreReturnValue;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.io.Writer;

/** Writes JSON; unchecked I/O errors, since callers write into files that {@code AtomicFiles} guards. */
public final class JsonOut implements AutoCloseable {
    private static final JsonFactory FACTORY =
            JsonFactory.builder().disable(StreamWriteFeature.AUTO_CLOSE_TARGET).build();

    private final JsonGenerator generator;

    private interface Step {
        void run() throws IOException;
    }

    /** Writes indented JSON, or compact JSON for large outputs. */
    public JsonOut(Writer out, boolean indented) {
        try {
            generator = FACTORY.createGenerator(out);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        if (indented) {
            DefaultPrettyPrinter printer = new DefaultPrettyPrinter();
            printer.indentObjectsWith(new DefaultIndenter("  ", "\n"));
            printer.indentArraysWith(new DefaultIndenter("  ", "\n"));
            generator.setPrettyPrinter(printer);
        }
    }

    @CanIgnoreReturnValue
    private JsonOut write(Step step) {
        try {
            step.run();
            return this;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Starts an object without a name. */
    @CanIgnoreReturnValue
    public JsonOut object() {
        return write(generator::writeStartObject);
    }

    /** Starts a named object. */
    @CanIgnoreReturnValue
    public JsonOut object(String name) {
        return write(() -> generator.writeObjectFieldStart(name));
    }

    /** Starts a named list. */
    @CanIgnoreReturnValue
    public JsonOut list(String name) {
        return write(() -> generator.writeArrayFieldStart(name));
    }

    /** Ends the innermost object. */
    @CanIgnoreReturnValue
    public JsonOut end() {
        return write(generator::writeEndObject);
    }

    /** Ends the innermost list. */
    @CanIgnoreReturnValue
    public JsonOut endList() {
        return write(generator::writeEndArray);
    }

    /** A text field. */
    @CanIgnoreReturnValue
    public JsonOut field(String name, String value) {
        return write(() -> generator.writeStringField(name, value));
    }

    /** A number field. */
    @CanIgnoreReturnValue
    public JsonOut field(String name, double value) {
        if (Double.isNaN(value) || Double.isInfinite(value)) {
            throw new IllegalArgumentException("field '" + name + "' is " + value + ", which JSON cannot hold");
        }
        return write(() -> generator.writeNumberField(name, value));
    }

    /** A whole-number field. */
    @CanIgnoreReturnValue
    public JsonOut field(String name, long value) {
        return write(() -> generator.writeNumberField(name, value));
    }

    /** A true-or-false field. */
    @CanIgnoreReturnValue
    public JsonOut field(String name, boolean value) {
        return write(() -> generator.writeBooleanField(name, value));
    }

    /** A field whose value is JSON already. */
    @CanIgnoreReturnValue
    public JsonOut raw(String name, String json) {
        return write(() -> {
            generator.writeFieldName(name);
            generator.writeRawValue(json);
        });
    }

    /** A text element of a list. */
    @CanIgnoreReturnValue
    public JsonOut item(String value) {
        return write(() -> generator.writeString(value));
    }

    /** A whole-number element of a list. */
    @CanIgnoreReturnValue
    public JsonOut item(long value) {
        return write(() -> generator.writeNumber(value));
    }

    @Override
    public void close() {
        write(() -> {
            generator.writeRaw('\n');
            generator.close();
        });
    }
}
