package dev.kneepoint.internal.json;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Reads JSON files and resources into {@link JsonValue}s. */
public final class JsonFiles {
    private static final long MAX_BYTES = 16L << 20;
    private static final int MAX_DEPTH = 64;
    private static final JsonFactory FACTORY = JsonFactory.builder()
            .streamReadConstraints(
                    StreamReadConstraints.builder().maxNestingDepth(MAX_DEPTH).build())
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .build();

    private JsonFiles() {}

    /**
     * Reads a file.
     *
     * @throws JsonInputException if it is missing, too large, or not JSON
     */
    public static JsonValue read(Path file) {
        try {
            if (!Files.isRegularFile(file)) {
                throw new JsonInputException(file + ": there is no such file");
            }
            long size = Files.size(file);
            if (size > MAX_BYTES) {
                throw new JsonInputException(
                        file + ": has " + size / 1_000_000 + " MB; a description has at most 16 MB");
            }
            try (JsonParser parser = FACTORY.createParser(file.toFile())) {
                return document(file.toString(), parser);
            }
        } catch (IOException e) {
            throw new JsonInputException(file + ": cannot be read: " + e.getMessage(), e);
        }
    }

    /** Reads a resource that ships with the library. */
    public static JsonValue resource(Class<?> beside, String name) {
        try (InputStream in = beside.getResourceAsStream(name)) {
            if (in == null) {
                throw new IllegalStateException("resource " + name + " is missing beside " + beside.getName());
            }
            try (JsonParser parser = FACTORY.createParser(in)) {
                return document(name, parser);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static JsonValue document(String source, JsonParser p) throws IOException {
        try {
            return only(source, p);
        } catch (JsonProcessingException e) {
            JsonLocation at = e.getLocation() == null ? p.currentLocation() : e.getLocation();
            String message = Texts.shortened(e.getOriginalMessage(), 300);
            throw new JsonInputException(source + ", line " + at.getLineNr() + ": is not JSON: " + message, e);
        }
    }

    private static JsonValue only(String source, JsonParser p) throws IOException {
        JsonToken token = p.nextToken();
        if (token == null) {
            throw new JsonInputException(source + ": is empty");
        }
        JsonValue root = value(source, p, "");
        if (p.nextToken() != null) {
            throw new JsonInputException(source + ", line "
                    + p.currentTokenLocation().getLineNr() + ": there is more after the end of the JSON value");
        }
        return root;
    }

    private static JsonValue value(String source, JsonParser p, String path) throws IOException {
        int line = p.currentTokenLocation().getLineNr();
        Object value = switch (p.currentToken()) {
            case START_OBJECT -> object(source, p, path);
            case START_ARRAY -> list(source, p, path);
            case VALUE_STRING -> p.getText();
            case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> p.getDoubleValue();
            case VALUE_TRUE -> Boolean.TRUE;
            case VALUE_FALSE -> Boolean.FALSE;
            case VALUE_NULL -> JsonValue.NULL;
            default -> throw new JsonInputException(source + ", line " + line + ": unexpected " + p.currentToken());
        };
        return new JsonValue(source, line, path, value);
    }

    private static Map<String, JsonValue> object(String source, JsonParser p, String path) throws IOException {
        Map<String, JsonValue> fields = new LinkedHashMap<>();
        while (p.nextToken() == JsonToken.FIELD_NAME) {
            String name = p.currentName();
            if (p.nextToken() != JsonToken.VALUE_NULL) {
                fields.put(name, value(source, p, path.isEmpty() ? name : path + "." + name));
            }
        }
        return fields;
    }

    private static List<JsonValue> list(String source, JsonParser p, String path) throws IOException {
        List<JsonValue> items = new ArrayList<>();
        while (p.nextToken() != JsonToken.END_ARRAY) {
            items.add(value(source, p, path + "[" + items.size() + "]"));
        }
        return items;
    }
}
