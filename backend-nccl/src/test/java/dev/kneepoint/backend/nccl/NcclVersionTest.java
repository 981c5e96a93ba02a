package dev.kneepoint.backend.nccl;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class NcclVersionTest {
    @ParameterizedTest
    @CsvSource({"2708, 2.7.8", "2804, 2.8.4", "20908, 2.9.8", "21805, 2.18.5", "22304, 2.23.4", "23007, 2.30.7"})
    void codes_areReadAndWritten(int code, String text) {
        assertThat(NcclVersion.ofCode(code)).hasToString(text);
        assertThat(NcclVersion.ofCode(code).code()).isEqualTo(code);
    }

    @Test
    void versions_areOrdered() {
        assertThat(NcclVersion.ofCode(2804))
                .isLessThan(NcclVersion.ofCode(20908))
                .isLessThan(NcclVersion.OLDEST);
        assertThat(NcclVersion.ofCode(30000)).isGreaterThan(NcclVersion.ofCode(23007));
    }

    @ParameterizedTest
    @CsvSource({
        "21800, CONFIG SPLIT",
        "21903, CONFIG SPLIT USER_BUFFERS",
        "22304, CONFIG SPLIT USER_BUFFERS",
        "22403, CONFIG SPLIT USER_BUFFERS FP8",
        "22907, CONFIG SPLIT USER_BUFFERS FP8",
        "23003, CONFIG SPLIT USER_BUFFERS FP8 SEVERAL_RANKS_PER_GPU"
    })
    void features_comeWithVersions(int code, String features) {
        NcclVersion version = NcclVersion.ofCode(code);
        assertThat(Arrays.stream(NcclFeature.values()).filter(f -> f.isIn(version)))
                .extracting(NcclFeature::name)
                .containsExactly(features.split(" ", -1));
    }
}
