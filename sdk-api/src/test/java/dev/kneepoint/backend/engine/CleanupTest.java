package dev.kneepoint.backend.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class CleanupTest {
    private final List<String> done = new ArrayList<>();

    private Runnable failing(String name) {
        return () -> {
            done.add(name);
            throw new IllegalStateException(name);
        };
    }

    @Test
    void everyStepIsTried_andTheFirstFailureIsThrown() {
        assertThatThrownBy(() -> {
                    try (Cleanup cleanup = new Cleanup()) {
                        cleanup.atLast(failing("last"));
                        cleanup.then(failing("first"));
                        cleanup.then(() -> done.add("second"));
                        cleanup.then(failing("third"));
                    }
                })
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("first")
                .satisfies(e -> assertThat(e.getSuppressed())
                        .extracting(Throwable::getMessage)
                        .containsExactly("third", "last"));
        assertThat(done).containsExactly("first", "second", "third", "last");
    }

    @Test
    void failureOfWhatIsCleanedUpAfter_isTheOneThatIsThrown() {
        assertThatThrownBy(() -> {
                    try (Cleanup cleanup = new Cleanup()) {
                        cleanup.atLast(failing("last"));
                        throw new IllegalArgumentException("body");
                    }
                })
                .isInstanceOf(IllegalArgumentException.class)
                .satisfies(e -> assertThat(e.getSuppressed()).hasSize(1));
    }

    @Test
    void errors_areThrownToo() {
        assertThatThrownBy(() -> {
                    try (Cleanup cleanup = new Cleanup()) {
                        cleanup.then(() -> {
                            throw new OutOfMemoryError("heap");
                        });
                    }
                })
                .isInstanceOf(OutOfMemoryError.class);
    }
}
