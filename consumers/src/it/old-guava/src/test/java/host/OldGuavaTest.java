package host;

import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.common.collect.ImmutableList;
import dev.kneepoint.testkit.BackendConformance;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** A host that is held to Guava 31.1 by something else: everything that backend cpu and the kit touch must still work. */
class OldGuavaTest extends BackendConformance {
    OldGuavaTest() {
        super("cpu", Map.of("cpu.clock", "virtual"), Map.of());
    }

    @Test
    void guavaIsTheOldOne() {
        String from = ImmutableList.class
                .getProtectionDomain()
                .getCodeSource()
                .getLocation()
                .toString();
        assertTrue(from.contains("guava-31.1-jre"), from);
    }
}
