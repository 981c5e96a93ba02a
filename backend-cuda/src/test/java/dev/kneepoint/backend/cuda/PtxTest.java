package dev.kneepoint.backend.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What is shipped, as far as it can be told without a compiler. */
class PtxTest {
    private static final Pattern ENTRY = Pattern.compile("\\.entry (\\w+)\\(");

    @ParameterizedTest
    @EnumSource(PtxModule.class)
    void holdsTheKernelsOfItsSource(PtxModule module) {
        List<String> entries = ENTRY.matcher(module.ptx())
                .results()
                .map(MatchResult::group)
                .map(g -> g.substring(".entry ".length(), g.length() - 1))
                .toList();
        assertThat(entries)
                .containsExactlyInAnyOrderElementsOf(
                        KernelHarness.kernels(KernelHarness.SOURCES.resolve(module.label() + ".cu")));
    }

    @ParameterizedTest
    @EnumSource(PtxModule.class)
    void isForOldDriversAndDevices(PtxModule module) {
        assertThat(module.ptx())
                .contains(
                        "\n.version " + module.version() + "\n",
                        "\n.target sm_" + module.capability() + "\n",
                        "\n.address_size 64\n");
    }
}
