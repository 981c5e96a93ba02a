package dev.kneepoint.backend.opencl;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import sun.misc.Signal;
import sun.misc.SignalHandler;

@EnabledOnOs({OS.LINUX, OS.MAC})
class SignalHandlersTest {
    /** A signal that nobody needs here. */
    private static final Signal SIGNAL = new Signal("WINCH");

    private static final int NUMBER = 28;

    @RequiresOpenCl
    static class WithDevice {
        /** The quick compiler leaves null checks to the processor, as the other one leaves the wait for a safepoint. */
        private static final Map<String, String> QUICK_COMPILER =
                Map.of("JAVA_TOOL_OPTIONS", "-XX:TieredStopAtLevel=1");

        @Test
        void javasOwnSignals_stillReachJava(@TempDir Path temp) throws Exception {
            Path output = temp.resolve("output");
            Process child = ChildJvm.start(SignalsProgram.class, QUICK_COMPILER, output);

            assertThat(child.waitFor(120, TimeUnit.SECONDS)).isTrue();
            assertThat(Files.readString(output))
                    .contains("alive", "discovered, caught / by zero", "computed, caught / by zero");
            assertThat(child.exitValue()).isZero();
        }
    }

    /** The structure begins with the handler's address; what follows it is partly undefined. */
    private static byte[] handler() {
        return Arrays.copyOf(SignalHandlers.of(NUMBER), Long.BYTES);
    }

    @Test
    void handlersThatAreReplacedMeanwhile_areBackAtTheEnd() {
        byte[] before = handler();
        SignalHandler mine = signal -> {};
        SignalHandler previous = mine;
        try {
            try (SignalHandlers kept = SignalHandlers.keep()) {
                assertThat(kept).isNotNull();
                previous = Signal.handle(SIGNAL, mine);
                assertThat(handler()).isNotEqualTo(before);
            }

            assertThat(handler()).isEqualTo(before);
        } finally {
            Signal.handle(SIGNAL, previous);
        }
    }

    @Test
    void overlappingKeepers_bringBackWhatWasBeforeBoth() {
        byte[] before = handler();
        SignalHandler previous = SignalHandler.SIG_DFL;
        try {
            SignalHandlers first = SignalHandlers.keep();
            previous = Signal.handle(SIGNAL, signal -> {});
            SignalHandlers second = SignalHandlers.keep();
            first.close();
            assertThat(handler()).isEqualTo(before);
            second.close();

            assertThat(handler()).isEqualTo(before);
        } finally {
            Signal.handle(SIGNAL, previous);
        }
    }
}
