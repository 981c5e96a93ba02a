package dev.kneepoint.internal.json;

import java.lang.reflect.Constructor;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.RecordComponent;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

/** The components of a record by their names in files, so that profiles are read, fitted and written by one naming. */
public final class RecordFields {
    private RecordFields() {}

    /** Components in order, names in snake case. */
    public static Map<String, Object> of(Record record) {
        Map<String, Object> out = new LinkedHashMap<>();
        for (RecordComponent c : record.getClass().getRecordComponents()) {
            try {
                out.put(snake(c.getName()), c.getAccessor().invoke(record));
            } catch (ReflectiveOperationException e) {
                throw new IllegalStateException("cannot read " + c + " of " + record.getClass(), e);
            }
        }
        return out;
    }

    /** A number among the components. */
    public static double number(Record record, String name) {
        if (of(record).get(name) instanceof Number n) {
            return n.doubleValue();
        }
        throw new IllegalArgumentException(record.getClass().getSimpleName() + " has no number '" + name + "'");
    }

    /**
     * A copy with other values.
     *
     * @throws IllegalArgumentException if a name is none of the record's, or the record refuses a value
     */
    public static <R extends Record> R with(R record, Map<String, ?> values) {
        Map<String, Object> all = of(record);
        values.forEach((name, value) -> {
            if (all.replace(name, value) == null) {
                throw new IllegalArgumentException(record.getClass().getSimpleName() + " has no '" + name + "'");
            }
        });
        @SuppressWarnings("unchecked")
        Class<R> type = (Class<R>) record.getClass();
        Class<?>[] types = Arrays.stream(type.getRecordComponents())
                .map(RecordComponent::getType)
                .toArray(Class<?>[]::new);
        try {
            Constructor<R> canonical = type.getDeclaredConstructor(types);
            return canonical.newInstance(all.values().toArray());
        } catch (InvocationTargetException e) {
            throw new IllegalArgumentException(
                    e.getCause() == null ? e.toString() : e.getCause().getMessage(), e);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException("cannot build " + type, e);
        }
    }

    /** Words split before capitals and before the digits that end a name, as in {@code tile_ratio_1}. */
    private static String snake(String name) {
        return name.replaceAll("([a-z])([A-Z0-9])", "$1_$2").toLowerCase(Locale.ROOT);
    }
}
