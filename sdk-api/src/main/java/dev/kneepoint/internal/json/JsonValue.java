package dev.kneepoint.internal.json;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.function.Supplier;

/** A parsed JSON value that knows where it stands, so that errors can name source, line and field. */
public final class JsonValue {
    /** A null in a list, or alone: no accessor takes it. */
    static final Object NULL = new Object() {
        @Override
        public String toString() {
            return "null";
        }
    };

    private static final int LONGEST_TEXT = 40;
    private static final int LONGEST_PATH = 200;

    private final String source;
    private final int line;
    private final String path;
    private final Object value;

    JsonValue(String source, int line, String path, Object value) {
        this.source = source;
        this.line = line;
        this.path = path;
        this.value = value;
    }

    /** An error at this value. */
    public JsonInputException error(String message) {
        String field = path.isEmpty() ? "" : " field '" + Texts.shortened(path, LONGEST_PATH) + "':";
        return new JsonInputException(source + ", line " + line + ":" + field + " " + message);
    }

    /** Whether the object has a field that is not null. */
    public boolean has(String name) {
        return object().containsKey(name);
    }

    /** A required field. */
    public JsonValue get(String name) {
        JsonValue found = object().get(name);
        if (found == null) {
            throw error("the field '" + name + "' is missing");
        }
        return found;
    }

    /** An optional field. */
    public Optional<JsonValue> find(String name) {
        return Optional.ofNullable(object().get(name));
    }

    /** This value's fields; null fields are left out. */
    @SuppressWarnings("unchecked")
    public Map<String, JsonValue> object() {
        if (value instanceof Map<?, ?> map) {
            return (Map<String, JsonValue>) map;
        }
        throw error("must be an object, not " + kind());
    }

    /** This value's elements. */
    @SuppressWarnings("unchecked")
    public List<JsonValue> list() {
        if (value instanceof List<?> list) {
            return (List<JsonValue>) list;
        }
        throw error("must be a list, not " + kind());
    }

    /** Whether this is a list. */
    public boolean isList() {
        return value instanceof List<?>;
    }

    /** This value as text. */
    public String text() {
        if (value instanceof String s) {
            return s;
        }
        throw error("must be text, not " + kind());
    }

    /** This value as a number. */
    public double number() {
        if (value instanceof Double d) {
            if (d.isInfinite()) {
                throw error("must be a finite number below 1.8e308");
            }
            return d;
        }
        throw error("must be a number, not " + kind());
    }

    /** This value as a whole number of 32 bits. */
    public int integer() {
        double d = number();
        if (d != Math.rint(d) || Math.abs(d) > Integer.MAX_VALUE) {
            throw error(String.format(Locale.ROOT, "must be a whole number below 2^31, not %s", d));
        }
        return (int) d;
    }

    /** This value as true or false. */
    public boolean bool() {
        if (value instanceof Boolean b) {
            return b;
        }
        throw error("must be true or false, not " + kind());
    }

    /** A required text field. */
    public String text(String name) {
        return get(name).text();
    }

    /** A required number field that must be above 0. */
    public double positive(String name) {
        double d = number(name);
        if (!(d > 0)) {
            throw get(name).error("must be a positive number, not " + d);
        }
        return d;
    }

    /** A required number field. */
    public double number(String name) {
        return get(name).number();
    }

    /** An optional number field. */
    public double number(String name, double otherwise) {
        return find(name).map(JsonValue::number).orElse(otherwise);
    }

    /** An optional number field. */
    public OptionalDouble optionalNumber(String name) {
        return has(name) ? OptionalDouble.of(number(name)) : OptionalDouble.empty();
    }

    /** A required whole-number field. */
    public int integer(String name) {
        return get(name).integer();
    }

    /** An optional whole-number field. */
    public int integer(String name, int otherwise) {
        return find(name).map(JsonValue::integer).orElse(otherwise);
    }

    /** An optional text field. */
    public String text(String name, String otherwise) {
        return find(name).map(JsonValue::text).orElse(otherwise);
    }

    /** An optional true-or-false field. */
    public boolean bool(String name, boolean otherwise) {
        return find(name).map(JsonValue::bool).orElse(otherwise);
    }

    /** Refuses fields that are not in the list. */
    public void allow(Set<String> names) {
        List<String> unknown = new ArrayList<>(object().keySet());
        unknown.removeAll(names);
        if (!unknown.isEmpty()) {
            String first = unknown.get(0);
            String hint = Suggest.near(first, names)
                    .map(n -> "; did you mean '" + n + "'?")
                    .orElse("");
            throw get(first).error("is unknown" + hint);
        }
    }

    /** Runs a constructor and turns its complaint into an error at this value, or at the field that it names. */
    public <T> T build(Supplier<T> constructor) {
        return build(constructor, Map.of());
    }

    /**
     * Runs a constructor and turns its complaint into an error at this value, or at the field that it names.
     *
     * @param constructor whose messages start with the name of what is wrong
     * @param fields names of the fields in the file by the constructor's own; without an entry, its name in snake case
     */
    public <T> T build(Supplier<T> constructor, Map<String, List<String>> fields) {
        try {
            return constructor.get();
        } catch (JsonInputException e) {
            throw e;
        } catch (IllegalArgumentException | ArithmeticException e) {
            String message = String.valueOf(e.getMessage());
            JsonInputException located = named(message, fields).error(message);
            located.initCause(e);
            throw located;
        }
    }

    private JsonValue named(String message, Map<String, List<String>> fields) {
        if (value instanceof Map<?, ?>) {
            String subject = message.contains(" must ") ? message.substring(0, message.indexOf(" must ")) : message;
            String first = subject.substring(0, (subject + " ").indexOf(' '));
            String last = subject.substring(subject.lastIndexOf(' ') + 1);
            for (String name : List.of(subject, first, last)) {
                for (String field : fields.getOrDefault(name, List.of(snake(name)))) {
                    if (has(field)) {
                        return get(field);
                    }
                }
            }
        }
        return this;
    }

    private static String snake(String name) {
        return name.replace(' ', '_').replaceAll("([a-z0-9])([A-Z])", "$1_$2").toLowerCase(Locale.ROOT);
    }

    private String kind() {
        return switch (value) {
            case Map<?, ?> m -> "an object";
            case List<?> l -> "a list";
            case String s -> "the text '" + Texts.shortened(s, LONGEST_TEXT) + "'";
            case Double d -> "the number " + d;
            default -> String.valueOf(value);
        };
    }
}
