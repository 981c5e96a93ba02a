package dev.kneepoint.samples.roofline;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.lang.module.Configuration;
import java.lang.module.ModuleFinder;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class ModulePathTest {
    /** The registry of a layer of named modules finds the backend by {@code provides … with} alone. */
    @Test
    void theBackendIsFoundOnTheModulePath() throws Exception {
        Path[] paths = Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator, -1))
                .filter(p -> p.contains("kneepoint")
                        || p.contains("sdk-api")
                        || p.contains("roofline")
                        || p.contains("jackson")
                        || p.contains("guava")
                        || p.contains("hipparchus")
                        || p.contains("jspecify")
                        || p.contains("errorprone")
                        || p.contains("failureaccess"))
                .filter(p -> !p.contains("test-classes"))
                .map(Path::of)
                .toArray(Path[]::new);
        ModuleLayer boot = ModuleLayer.boot();
        Configuration configuration =
                boot.configuration().resolveAndBind(ModuleFinder.of(), ModuleFinder.of(paths), Set.of("dev.kneepoint"));
        assertThat(configuration.findModule("dev.kneepoint.samples.roofline")).isPresent();
        ModuleLayer layer = boot.defineModulesWithOneLoader(configuration, ClassLoader.getPlatformClassLoader());
        ClassLoader loader = layer.findLoader("dev.kneepoint");
        Class<?> registry = loader.loadClass("dev.kneepoint.spi.BackendRegistry");
        assertThat(registry.getModule().isNamed()).isTrue();
        Object found = registry.getMethod("discover", ClassLoader.class).invoke(null, loader);
        List<?> all = (List<?>) registry.getMethod("all").invoke(found);
        assertThat(all).anySatisfy(f -> assertThat(f.toString()).contains("id=roofline", "Ready"));
        assertThat(all).hasSize(3);
    }
}
