package dev.kneepoint.testkit;

import dev.kneepoint.spi.Availability;
import dev.kneepoint.spi.Backend;
import dev.kneepoint.spi.BackendRegistry;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Finding, opening and closing. */
final class LifecycleBattery {
    private LifecycleBattery() {}

    static List<Check> checks() {
        return List.of(
                new Check("the backend is found by its id and is available", LifecycleBattery::found),
                new Check("availability is the same every time and names a device", LifecycleBattery::availability),
                new Check("an unknown option is refused by name", LifecycleBattery::unknownOption),
                new Check("capabilities stay the same and make sense", LifecycleBattery::capabilities),
                new Check("a process on its own leads and decides by itself", LifecycleBattery::decide),
                new Check("close may be called twice, and the backend opened again", LifecycleBattery::close));
    }

    private static BackendRegistry.Found entry(Subject subject) {
        return subject.registry().all().stream()
                .filter(f -> f.id().equals(subject.id()))
                .findFirst()
                .orElseThrow(() -> new AssertionError("no provider of id '" + subject.id() + "' is found; found "
                        + subject.registry().all().stream()
                                .map(BackendRegistry.Found::id)
                                .toList()
                        + "; is it in META-INF/services and in 'provides … with'?"));
    }

    private static void found(Subject subject) {
        BackendRegistry.Found f = entry(subject);
        Expect.that(f.id().matches("[a-z][a-z0-9-]*"), "the id '" + f.id() + "' is not lower case");
        Expect.that(!f.description().isBlank() && !f.description().contains("\n"), "the description is not one line");
        if (f.availability() instanceof Availability.Missing m) {
            throw new AssertionError("the backend cannot run here: " + m.reason() + "; " + m.remedy());
        }
    }

    private static void availability(Subject subject) {
        Availability first = entry(subject).availability();
        for (int i = 0; i < 10; i++) {
            Expect.that(entry(subject).availability().equals(first), "availability changes from call to call");
        }
        Expect.that(
                first instanceof Availability.Ready r && !r.devices().isEmpty(),
                "availability names no device that it would run on");
    }

    private static void unknownOption(Subject subject) {
        Map<String, String> options = new HashMap<>(subject.options());
        options.put("no.such.option", "1");
        IllegalArgumentException e = Expect.expectThrows(
                IllegalArgumentException.class,
                "opening with option no.such.option",
                () -> subject.registry().open(subject.id(), options).close());
        Expect.that(
                Expect.message(e).contains("no.such.option"),
                "the refusal does not name the option: " + e.getMessage());
    }

    private static void capabilities(Subject subject) {
        subject.with(backend -> {
            Expect.that(backend.capabilities().equals(backend.capabilities()), "capabilities change");
            Expect.that(backend.capabilities().maxRanks() >= 1, "the backend runs no rank");
            Expect.that(!backend.capabilities().precisions().isEmpty(), "the backend runs no precision");
        });
    }

    private static void decide(Subject subject) {
        subject.with(backend -> {
            Expect.that(backend.leads(), "the backend says that another process leads, and there is none");
            for (boolean own : new boolean[] {true, false, true}) {
                Expect.that(backend.decide(own) == own, "the backend decides otherwise than its only process: " + !own);
            }
        });
    }

    private static void close(Subject subject) {
        for (int i = 0; i < 3; i++) {
            Backend backend = subject.open();
            Subject.run(backend, TinyPlans.of("ddp", 1, 1));
            backend.close();
            backend.close();
        }
    }
}
