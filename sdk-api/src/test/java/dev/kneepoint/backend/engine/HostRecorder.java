package dev.kneepoint.backend.engine;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Records commands of a queue in the host's memory. */
class HostRecorder implements CommandRecorder {
    private final HostQueue queue;
    private int open;

    HostRecorder(HostQueue queue) {
        this.queue = queue;
    }

    @Override
    public DeviceQueue queue() {
        return queue;
    }

    @Override
    public long time(Runnable commands) {
        DeviceEvent start = queue.marker();
        commands.run();
        DeviceEvent end = queue.marker();
        queue.finish();
        return end.start() - start.end();
    }

    @Override
    public Recording record(Runnable commands) {
        List<Runnable> recorded = new ArrayList<>();
        queue.recording = Optional.of(recorded);
        try {
            commands.run();
        } finally {
            queue.recording = Optional.empty();
        }
        return recording(recorded.size(), () -> recorded.forEach(Runnable::run));
    }

    /** A recording that counts as open until it is closed. */
    final Recording recording(long commands, Runnable launch) {
        open++;
        return new Recording() {
            @Override
            public long commands() {
                return commands;
            }

            @Override
            public void launch() {
                launch.run();
            }

            @Override
            public void close() {
                open--;
            }
        };
    }

    @Override
    public void close() {
        if (open != 0) {
            throw new AssertionError(open + " recordings were not closed before their recorder");
        }
        queue.close();
    }
}
