package dev.kneepoint.backend.nccl;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/** Fails a test after which a thread of this package is left. */
final class OwnThreads implements AfterEachCallback {
    @Override
    public void afterEach(ExtensionContext context) {
        assertThat(names()).as("threads that are left").isEmpty();
    }

    static List<String> names() {
        return Thread.getAllStackTraces().keySet().stream()
                .map(Thread::getName)
                .filter(name -> name.startsWith("kneepoint-"))
                .toList();
    }
}
