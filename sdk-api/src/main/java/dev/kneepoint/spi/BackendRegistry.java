package dev.kneepoint.spi;

import com.google.common.base.Supplier;
import com.google.common.base.Suppliers;
import com.google.common.collect.ImmutableList;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.ServiceConfigurationError;
import java.util.ServiceLoader;

/**
 * The backends that a class loader can see. Each provider is loaded by itself: one that cannot be loaded becomes a
 * {@link Availability.Missing} and hides nobody. A provider is asked whether it can run when someone first wants to know:
 * a driver takes its time to load. Thread-safe.
 */
public final class BackendRegistry {
    private final List<Entry> entries;

    private BackendRegistry(List<Entry> entries) {
        this.entries = ImmutableList.copyOf(entries);
    }

    /** A backend that may not have been asked yet whether it can run. */
    private record Entry(
            String id, String description, Supplier<Availability> availability, Optional<BackendProvider> provider) {
        Found found() {
            return new Found(id, description, availability.get(), provider);
        }
    }

    /**
     * One discovered backend.
     *
     * @param id its id; the class name for a provider that cannot be loaded
     * @param description what it does
     * @param availability whether it can run here
     * @param provider the provider; empty if it cannot be loaded
     */
    public record Found(String id, String description, Availability availability, Optional<BackendProvider> provider) {}

    /**
     * Looks for providers.
     *
     * @param loader whose class path and modules are searched
     * @return all that were found, by id
     */
    public static BackendRegistry discover(ClassLoader loader) {
        return of(ServiceLoader.load(BackendProvider.class, loader));
    }

    /** As {@link #discover}, with a loader that the caller made in its own module. */
    static BackendRegistry of(ServiceLoader<BackendProvider> loader) {
        List<Entry> all = new ArrayList<>();
        Map<String, Class<?>> owners = new HashMap<>();
        Iterator<ServiceLoader.Provider<BackendProvider>> providers =
                loader.stream().iterator();
        boolean more = true;
        while (more) {
            try {
                more = providers.hasNext();
                if (more) {
                    all.add(load(providers.next(), owners));
                }
            } catch (ServiceConfigurationError | LinkageError e) {
                all.add(broken("unknown provider", e));
            }
        }
        all.sort(Comparator.comparing(Entry::id));
        return new BackendRegistry(all);
    }

    private static Entry load(ServiceLoader.Provider<BackendProvider> entry, Map<String, Class<?>> owners) {
        String name = "unknown provider";
        try {
            name = entry.type().getName();
            BackendProvider provider = entry.get();
            String id = provider.id();
            Class<?> other = owners.putIfAbsent(id, provider.getClass());
            if (other != null) {
                Availability missing = new Availability.Missing(
                        "two providers call themselves '" + id + "': " + other.getName() + " and " + name,
                        "remove one of them");
                return new Entry(id, provider.description(), () -> missing, Optional.empty());
            }
            return new Entry(
                    id,
                    provider.description(),
                    Suppliers.memoize(() -> answer(provider::availability)),
                    Optional.of(provider));
        } catch (ServiceConfigurationError | LinkageError | RuntimeException e) {
            return broken(name, e);
        }
    }

    private static Availability answer(Supplier<Availability> question) {
        try {
            return question.get();
        } catch (LinkageError | RuntimeException e) {
            return new Availability.Missing(
                    "its availability check failed: " + e, "report this to the backend's author");
        }
    }

    private static Entry broken(String name, Throwable e) {
        Throwable cause = e.getCause() == null ? e : e.getCause();
        Availability missing =
                new Availability.Missing(String.valueOf(cause), "complete its installation or remove it");
        return new Entry(name, "cannot be loaded", () -> missing, Optional.empty());
    }

    /**
     * All backends.
     *
     * @return by id
     */
    public List<Found> all() {
        return entries.stream().map(Entry::found).toList();
    }

    /**
     * Opens a backend.
     *
     * @param id its id
     * @param options its options
     * @return the open backend, to be closed by the caller
     * @throws IllegalArgumentException if there is none of that id, or an option is wrong
     * @throws BackendException if it cannot run here, with what to install
     */
    public Backend open(String id, Map<String, String> options) {
        Entry match = entries.stream()
                .filter(e -> e.id().equals(id) && e.provider().isPresent())
                .findFirst()
                .or(() -> entries.stream().filter(e -> e.id().equals(id)).findFirst())
                .orElseThrow(() -> new IllegalArgumentException("unknown backend '" + id + "'; found: "
                        + entries.stream().map(Entry::id).toList()));
        if (match.availability().get() instanceof Availability.Missing missing && !isReady(match, options)) {
            throw new BackendException(
                    "backend '" + id + "' cannot run here: " + missing.reason() + "; " + missing.remedy());
        }
        return match.provider().orElseThrow().open(options);
    }

    /** Whether options say where to find what is missing without them. */
    private static boolean isReady(Entry entry, Map<String, String> options) {
        return !options.isEmpty()
                && entry.provider()
                        .map(provider -> answer(() -> provider.availability(options)))
                        .filter(answer -> answer instanceof Availability.Ready)
                        .isPresent();
    }
}
