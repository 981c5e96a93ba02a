package dev.kneepoint.backend.engine;

import dev.kneepoint.plan.GroupKind;
import dev.kneepoint.plan.StreamKind;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** The communicators and mailboxes of a run whose ranks are all in this process, made when first used. Thread-safe. */
final class LocalFabric {
    private record Key(GroupKind kind, int first, StreamKind stream) {}

    private final RunControl control;
    private final boolean direct;
    private final CollectiveCommands.Staging staging;
    private final Map<Key, LocalCommunicator> communicators = new ConcurrentHashMap<>();
    private final Mailboxes mailboxes;

    LocalFabric(RunControl control, boolean direct, CollectiveCommands.Staging staging) {
        this.control = control;
        this.direct = direct;
        this.staging = staging;
        this.mailboxes = new Mailboxes(control);
    }

    LocalCommunicator communicator(GroupKind kind, List<Integer> group, StreamKind stream) {
        return communicators.computeIfAbsent(
                new Key(kind, group.getFirst(), stream),
                key -> new LocalCommunicator(
                        control,
                        kind.label() + " group " + group,
                        group,
                        new CollectiveCommands(stream, direct, staging)));
    }

    Mailboxes mailboxes() {
        return mailboxes;
    }
}
