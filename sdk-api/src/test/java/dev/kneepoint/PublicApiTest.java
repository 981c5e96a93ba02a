package dev.kneepoint;

import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import dev.kneepoint.annotation.Incubating;
import java.io.IOException;
import java.lang.reflect.AccessibleObject;
import java.lang.reflect.Constructor;
import java.lang.reflect.Executable;
import java.lang.reflect.Field;
import java.lang.reflect.Member;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The public API is what {@code api/public-api.txt} says: it changes with a change of that file, never by accident. */
class PublicApiTest {
    private static final Path LISTING = Path.of("api/public-api.txt");
    private static final String REWRITE = "kneepoint.api.write";

    @Test
    void theApiIsTheListedOne() throws IOException {
        List<String> now = listing();
        assertThat(now).as("lines of the listing").hasSizeGreaterThan(500);
        if (Boolean.getBoolean(REWRITE)) {
            Files.createDirectories(LISTING.getParent());
            Files.write(LISTING, now);
        }
        List<String> listed = Files.readAllLines(LISTING);
        assertThat(only(now, listed))
                .as("added to the API; if meant, run mvn -pl sdk-api test -Dtest=PublicApiTest -D" + REWRITE + "=true")
                .isEmpty();
        assertThat(only(listed, now))
                .as("gone from the API; if meant, rewrite the listing")
                .isEmpty();
    }

    private static List<String> only(List<String> these, List<String> notThose) {
        Set<String> known = new HashSet<>(notThose);
        return these.stream().filter(l -> !known.contains(l)).limit(20).toList();
    }

    /** A member per line, with its type in front, so that a diff reads by itself. */
    private static List<String> listing() {
        List<String> lines = new ArrayList<>();
        new ClassFileImporter()
                        .withImportOption(location -> !location.contains("/test-classes/"))
                        .importPackages("dev.kneepoint")
                        .stream()
                        .filter(c -> !c.getPackageName().contains(".internal."))
                        .filter(c -> !c.getPackageName().contains(".backend."))
                        .filter(c -> !c.getSimpleName().equals("package-info"))
                        .map(JavaClass::reflect)
                        .filter(PublicApiTest::isShown)
                        .sorted(Comparator.comparing(Class::getName))
                        .forEach(c -> add(c, lines));
        return lines;
    }

    private static boolean isShown(Class<?> type) {
        for (Class<?> c = type; c != null; c = c.getEnclosingClass()) {
            if (!Modifier.isPublic(c.getModifiers()) && !Modifier.isProtected(c.getModifiers())) {
                return false;
            }
        }
        return true;
    }

    private static void add(Class<?> type, List<String> lines) {
        String name = type.getName();
        String sup = Stream.concat(
                        Stream.ofNullable(type.getGenericSuperclass()).filter(s -> s != Object.class),
                        Arrays.stream(type.getGenericInterfaces()))
                .map(Type::getTypeName)
                .collect(Collectors.joining(", "));
        lines.add(incubating(type.isAnnotationPresent(Incubating.class)) + kind(type) + " " + name
                + (sup.isEmpty() ? "" : " : " + sup));
        if (type.isRecord()) {
            lines.add(name + "("
                    + Arrays.stream(type.getRecordComponents())
                            .map(PublicApiTest::component)
                            .collect(Collectors.joining(", "))
                    + ")");
        }
        List<String> members = new ArrayList<>();
        for (Field f : type.getDeclaredFields()) {
            if (isShown(f)) {
                members.add(incubating(f) + name + "." + f.getName() + " : "
                        + f.getGenericType().getTypeName());
            }
        }
        for (Constructor<?> c : type.getDeclaredConstructors()) {
            if (isShown(c) && !type.isRecord()) {
                members.add(incubating(c) + name + ".new" + parameters(c));
            }
        }
        for (Method m : type.getDeclaredMethods()) {
            if (isShown(m) && !m.isSynthetic() && !isImplied(type, m)) {
                members.add(incubating(m) + (Modifier.isStatic(m.getModifiers()) ? "static " : "") + name + "."
                        + m.getName() + parameters(m) + " : "
                        + m.getGenericReturnType().getTypeName());
            }
        }
        members.sort(null);
        lines.addAll(members);
    }

    private static String kind(Class<?> c) {
        String sealed = c.isSealed() ? "sealed " : "";
        return sealed
                + (c.isAnnotation()
                        ? "annotation"
                        : c.isInterface() ? "interface" : c.isRecord() ? "record" : c.isEnum() ? "enum" : "class");
    }

    private static String component(RecordComponent c) {
        return c.getGenericType().getTypeName() + " " + c.getName();
    }

    /** What the compiler makes of a record or an enum says nothing that its header does not. */
    private static boolean isImplied(Class<?> type, Method m) {
        boolean noArguments = m.getParameterCount() == 0;
        if (type.isRecord()) {
            boolean accessor = noArguments
                    && Arrays.stream(type.getRecordComponents())
                            .anyMatch(c -> c.getName().equals(m.getName()));
            return accessor || List.of("equals", "hashCode", "toString").contains(m.getName());
        }
        return type.isEnum() && List.of("values", "valueOf").contains(m.getName());
    }

    private static boolean isShown(Member m) {
        return Modifier.isPublic(m.getModifiers()) || Modifier.isProtected(m.getModifiers());
    }

    private static String parameters(Executable e) {
        return Arrays.stream(e.getGenericParameterTypes())
                .map(Type::getTypeName)
                .collect(Collectors.joining(", ", "(", ")"));
    }

    private static String incubating(AccessibleObject o) {
        return incubating(o.isAnnotationPresent(Incubating.class));
    }

    private static String incubating(boolean is) {
        return is ? "@Incubating " : "";
    }
}
