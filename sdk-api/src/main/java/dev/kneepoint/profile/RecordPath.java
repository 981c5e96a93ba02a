package dev.kneepoint.profile;

import com.google.common.base.Splitter;
import java.lang.reflect.Constructor;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.RecordComponent;
import java.util.Arrays;
import java.util.List;

/** Reads and changes one component of nested records by its path, for example {@code kernels.launchMicros}. */
final class RecordPath {
    private static final Splitter DOT = Splitter.on('.');

    private static final ClassValue<Shape> SHAPES = new Shapes();

    private final List<String> names;

    private RecordPath(List<String> names) {
        this.names = names;
    }

    static RecordPath of(String path) {
        return new RecordPath(DOT.splitToList(path));
    }

    Object get(Record root) {
        Object at = root;
        for (String name : names) {
            at = read(component((Record) at, name), (Record) at);
        }
        return at;
    }

    /** A copy of {@code root} with another value at the path; ranges are checked by the records themselves. */
    <T extends Record> T with(T root, Object value) {
        return with(root, 0, value);
    }

    private <T extends Record> T with(T record, int depth, Object value) {
        Shape shape = SHAPES.get(record.getClass());
        int changed = shape.indexOf(names.get(depth));
        Object[] values = new Object[shape.components.length];
        for (int i = 0; i < values.length; i++) {
            Object old = read(shape.components[i], record);
            boolean here = i == changed;
            values[i] = !here ? old : depth + 1 == names.size() ? value : with((Record) old, depth + 1, value);
        }
        return construct(shape.constructor, values);
    }

    private static RecordComponent component(Record record, String name) {
        Shape shape = SHAPES.get(record.getClass());
        return shape.components[shape.indexOf(name)];
    }

    private static Object read(RecordComponent component, Record record) {
        try {
            return component.getAccessor().invoke(record);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException(e);
        }
    }

    @SuppressWarnings("unchecked") // the canonical constructor of T's own class makes a T
    private static <T extends Record> T construct(Constructor<?> constructor, Object[] values) {
        try {
            return (T) constructor.newInstance(values);
        } catch (InvocationTargetException e) {
            if (e.getCause() instanceof IllegalArgumentException wrong) {
                throw wrong;
            }
            throw new IllegalStateException(e);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException(e);
        }
    }

    /** What reflection says of a record class, looked up once. */
    private record Shape(String type, RecordComponent[] components, Constructor<?> constructor) {
        int indexOf(String name) {
            for (int i = 0; i < components.length; i++) {
                if (components[i].getName().equals(name)) {
                    return i;
                }
            }
            throw new IllegalArgumentException("no '" + name + "' in " + type + "; it has "
                    + Arrays.stream(components).map(RecordComponent::getName).toList());
        }
    }

    private static final class Shapes extends ClassValue<Shape> {
        @Override
        protected Shape computeValue(Class<?> type) {
            RecordComponent[] components = type.getRecordComponents();
            Class<?>[] types =
                    Arrays.stream(components).map(RecordComponent::getType).toArray(Class<?>[]::new);
            try {
                return new Shape(type.getSimpleName(), components, type.getDeclaredConstructor(types));
            } catch (NoSuchMethodException e) {
                throw new IllegalStateException(e);
            }
        }
    }
}
