package dev.kneepoint.spi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BackendRegistryTest {
    @TempDir
    Path folder;

    /** A provider whose class fails to link, as one without its native binding does. */
    public static final class Unlinkable implements BackendProvider {
        static {
            if (true) {
                throw new NoClassDefFoundError("org/example/NativeBinding");
            }
        }

        @Override
        public String id() {
            return "unlinkable";
        }

        @Override
        public String description() {
            return "";
        }

        @Override
        public Availability availability() {
            throw new IllegalStateException("never reached");
        }

        @Override
        public Backend open(Map<String, String> options) {
            throw new IllegalStateException("never reached");
        }
    }

    /** A provider whose check breaks its promise. */
    public static final class Throwing implements BackendProvider {
        @Override
        public String id() {
            return "throwing";
        }

        @Override
        public String description() {
            return "throws";
        }

        @Override
        public Availability availability() {
            throw new UnsatisfiedLinkError("libgpu.so.1");
        }

        @Override
        public Backend open(Map<String, String> options) {
            throw new IllegalStateException("never reached");
        }
    }

    /** A provider that takes the simulator's id. */
    public static final class Impostor implements BackendProvider {
        @Override
        public String id() {
            return "sim";
        }

        @Override
        public String description() {
            return "impostor";
        }

        @Override
        public Availability availability() {
            return new Availability.Missing("nothing", "nothing");
        }

        @Override
        public Backend open(Map<String, String> options) {
            throw new IllegalStateException("never reached");
        }
    }

    /** A provider that notes that it was asked. */
    public static final class Slow implements BackendProvider {
        private static final AtomicInteger ASKED = new AtomicInteger();

        @Override
        public String id() {
            return "slow";
        }

        @Override
        public String description() {
            return "loads a driver";
        }

        @Override
        public Availability availability() {
            ASKED.incrementAndGet();
            return new Availability.Missing("no driver", "install one");
        }

        @Override
        public Backend open(Map<String, String> options) {
            throw new IllegalStateException("never reached");
        }
    }

    private BackendRegistry with(String... providers) throws IOException {
        Path services = Files.createDirectories(folder.resolve("META-INF/services"));
        Files.write(services.resolve(BackendProvider.class.getName()), java.util.List.of(providers));
        URL[] path = {folder.toUri().toURL()};
        return BackendRegistry.discover(new URLClassLoader(path, BackendRegistryTest.class.getClassLoader()));
    }

    private static Availability.Missing missing(BackendRegistry registry, String id) {
        return registry.all().stream()
                .filter(f -> f.id().equals(id))
                .map(BackendRegistry.Found::availability)
                .filter(Availability.Missing.class::isInstance)
                .map(Availability.Missing.class::cast)
                .findFirst()
                .orElseThrow();
    }

    @Test
    void brokenProviders_becomeMissingAndHideNobody() throws IOException {
        BackendRegistry registry =
                with(Unlinkable.class.getName(), "org.example.NoSuchProvider", Throwing.class.getName());
        assertThat(registry.all()).extracting(BackendRegistry.Found::id).contains("sim", "throwing");
        assertThat(missing(registry, Unlinkable.class.getName()).reason()).contains("NativeBinding");
        assertThat(missing(registry, "throwing").reason()).contains("libgpu.so.1");
        assertThat(registry.all())
                .anySatisfy(f -> assertThat(f.availability().toString()).contains("NoSuchProvider"));
        try (Backend sim = registry.open("sim", Map.of())) {
            assertThat(sim.capabilities().threadSafe()).isTrue();
        }
    }

    @Test
    void provider_isAskedOnceAndOnlyWhenSomeoneWantsToKnow() throws IOException {
        Slow.ASKED.set(0);
        BackendRegistry registry = with(Slow.class.getName());
        registry.open("sim", Map.of()).close();
        assertThat(Slow.ASKED).hasValue(0);
        assertThat(missing(registry, "slow").reason()).isEqualTo("no driver");
        assertThat(missing(registry, "slow").reason()).isEqualTo("no driver");
        assertThat(Slow.ASKED).hasValue(1);
    }

    @Test
    void duplicateId_namesBothClasses() throws IOException {
        BackendRegistry registry = with(Impostor.class.getName());
        assertThat(missing(registry, "sim").reason()).contains("Impostor", "SimProvider");
    }

    @Test
    void missingBackend_saysWhatToInstall() throws IOException {
        BackendRegistry registry = with(Throwing.class.getName());
        assertThatThrownBy(() -> registry.open("throwing", Map.of()))
                .isInstanceOf(BackendException.class)
                .hasMessageContaining("cannot run here");
        assertThatThrownBy(() -> registry.open("cuda", Map.of()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("unknown backend 'cuda'; found: [");
    }

    @Test
    void sim_refusesUnknownOptions() {
        BackendRegistry registry = BackendRegistry.discover(BackendRegistryTest.class.getClassLoader());
        assertThatThrownBy(() -> registry.open("sim", Map.of("sim.fast", "true")))
                .hasMessageContaining("has no option 'sim.fast'; it has sim.fold");
        assertThatThrownBy(() -> registry.open("sim", Map.of("sim.fold", "maybe")))
                .hasMessageContaining("true or false");
    }
}
