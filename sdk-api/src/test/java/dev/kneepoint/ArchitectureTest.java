package dev.kneepoint;

import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.Dependency;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaCodeUnit;
import com.tngtech.archunit.core.domain.JavaField;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.domain.JavaType;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.Test;

/** The order of the packages, and what a public type may show. */
class ArchitectureTest {
    private static final String ROOT = "dev.kneepoint";

    /** A package may use those before it. */
    private static final List<String> ORDER = List.of(
            "annotation",
            "internal.json",
            "internal.csv",
            "internal.fit",
            "units",
            "workload",
            "cluster",
            "profile",
            "strategy",
            "plan",
            "cost",
            "metrics",
            "spi",
            "calibration",
            "calibration.probe",
            "analysis",
            "study",
            "report",
            "");

    private static final String SIM = "backend.sim";
    private static final String CPU = "backend.cpu";
    private static final String ENGINE = "backend.engine";
    /** What the two share; the simulator has nothing of a host. */
    private static final String HOST = "backend.host";

    private static final Set<String> NOT_FOR_BACKENDS =
            Set.of("study", "report", "calibration", "calibration.probe", "", CPU, ENGINE);
    private static final List<String> HIDDEN_LIBRARIES = List.of("com.fasterxml", "org.hipparchus");

    private static final JavaClasses CLASSES = new ClassFileImporter()
            .withImportOption(location -> !location.contains("/test-classes/"))
            .importPackages(ROOT);

    @Test
    void everyPackageHasAPlaceInTheOrder() {
        Set<String> known = new TreeSet<>(ORDER);
        known.add(SIM);
        known.add(CPU);
        known.add(ENGINE);
        known.add(HOST);
        assertThat(CLASSES).as("classes found").hasSizeGreaterThan(50);
        assertThat(known).containsAll(packages());
    }

    @Test
    void packagesUseOnlyThoseAboveThem() {
        Set<String> wrong = new TreeSet<>();
        for (JavaClass user : CLASSES) {
            for (Dependency d : user.getDirectDependenciesFromSelf()) {
                String from = shortName(user);
                JavaClass target = d.getTargetClass().getBaseComponentType();
                if (isOurs(target) && !mayUse(from, shortName(target))) {
                    wrong.add(d.getDescription());
                }
            }
        }
        assertThat(wrong).isEmpty();
    }

    @Test
    void packagesFormNoCycle() {
        slices().matching(ROOT + ".(**)").should().beFreeOfCycles().check(CLASSES);
    }

    @Test
    void noPublicTypeShowsALibraryThatCouldBeReplaced() {
        Set<String> wrong = new TreeSet<>();
        for (JavaClass type : CLASSES) {
            if (isApi(type)) {
                for (JavaClass shown : shownBy(type)) {
                    if (HIDDEN_LIBRARIES.stream().anyMatch(shown.getPackageName()::startsWith)) {
                        wrong.add(type.getName() + " shows " + shown.getName());
                    }
                }
            }
        }
        assertThat(wrong).isEmpty();
    }

    @Test
    void noPublicTypeOfAnExportedPackageShowsAnInternalOne() {
        Set<String> wrong = new TreeSet<>();
        for (JavaClass type : CLASSES) {
            if (isApi(type)) {
                for (JavaClass shown : shownBy(type)) {
                    if (shown.getPackageName().startsWith(ROOT + ".internal")) {
                        wrong.add(type.getName() + " shows " + shown.getName());
                    }
                }
            }
        }
        assertThat(wrong).isEmpty();
    }

    @Test
    void onlyTheJsonPackageKnowsTheJsonLibrary() {
        Set<String> users = new TreeSet<>();
        for (JavaClass type : CLASSES) {
            boolean uses = type.getDirectDependenciesFromSelf().stream()
                    .anyMatch(d -> d.getTargetClass().getPackageName().startsWith("com.fasterxml"));
            if (uses) {
                users.add(shortName(type));
            }
        }
        assertThat(users).isSubsetOf("internal.json", "internal.csv");
    }

    @Test
    void everyPackageIsNullMarked() throws ClassNotFoundException {
        List<String> wrong = new ArrayList<>();
        for (String name : packages()) {
            String full = name.isEmpty() ? ROOT : ROOT + "." + name;
            try {
                if (!Class.forName(full + ".package-info").isAnnotationPresent(NullMarked.class)) {
                    wrong.add(full + " is not @NullMarked");
                }
            } catch (ClassNotFoundException e) {
                wrong.add(full + " has no package-info");
            }
        }
        assertThat(wrong).isEmpty();
    }

    private static boolean mayUse(String from, String to) {
        if (from.equals(to)) {
            return true;
        }
        if (from.equals(CPU) || from.equals(ENGINE)) {
            return !NOT_FOR_BACKENDS.contains(to);
        }
        if (from.equals(SIM)) {
            return !NOT_FOR_BACKENDS.contains(to) && !to.equals(HOST);
        }
        if (from.equals(HOST)) {
            return to.equals("spi");
        }
        return ORDER.contains(to) && ORDER.indexOf(to) < ORDER.indexOf(from);
    }

    private static Set<String> packages() {
        Set<String> names = new TreeSet<>();
        CLASSES.forEach(c -> names.add(shortName(c)));
        return names;
    }

    private static boolean isOurs(JavaClass type) {
        return type.getPackageName().equals(ROOT) || type.getPackageName().startsWith(ROOT + ".");
    }

    private static String shortName(JavaClass type) {
        String full = type.getPackageName();
        return full.equals(ROOT) ? "" : full.substring(ROOT.length() + 1);
    }

    private static boolean isApi(JavaClass type) {
        for (JavaClass c = type; c != null; c = c.getEnclosingClass().orElse(null)) {
            if (!c.getModifiers().contains(JavaModifier.PUBLIC)) {
                return false;
            }
        }
        return !shortName(type).startsWith("internal");
    }

    private static Set<JavaClass> shownBy(JavaClass type) {
        Set<JavaClass> shown = new java.util.HashSet<>();
        type.getSuperclass().ifPresent(s -> shown.addAll(s.getAllInvolvedRawTypes()));
        type.getInterfaces().forEach(i -> shown.addAll(i.getAllInvolvedRawTypes()));
        for (JavaField f : type.getFields()) {
            if (isVisible(f.getModifiers())) {
                shown.addAll(f.getType().getAllInvolvedRawTypes());
            }
        }
        for (JavaCodeUnit u : type.getCodeUnits()) {
            if (isVisible(u.getModifiers())) {
                shown.addAll(u.getReturnType().getAllInvolvedRawTypes());
                u.getParameterTypes().stream()
                        .map(JavaType::getAllInvolvedRawTypes)
                        .forEach(shown::addAll);
                shown.addAll(u.getExceptionTypes());
            }
        }
        return shown;
    }

    private static boolean isVisible(Set<JavaModifier> modifiers) {
        return modifiers.contains(JavaModifier.PUBLIC) || modifiers.contains(JavaModifier.PROTECTED);
    }
}
