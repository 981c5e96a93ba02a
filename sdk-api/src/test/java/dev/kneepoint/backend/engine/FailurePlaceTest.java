package dev.kneepoint.backend.engine;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FailurePlaceTest {
    @ParameterizedTest
    @CsvSource({
        "qkv, GPU 3, 'rank 2, op ''qkv'', on GPU 3: it broke'",
        "'', GPU 3, 'rank 2, between ops, on GPU 3: it broke'",
        "qkv, '', 'rank 2, op ''qkv'': it broke'",
        "'', '', 'rank 2, between ops: it broke'"
    })
    void place_standsBeforeWhatHappened(String op, String device, String said) {
        FailurePlace place = FailurePlace.of(2, op, device);
        assertThat(place.isKnown()).isTrue();
        assertThat(place.say("on ", "it broke")).isEqualTo(said);
        assertThat(place.rank()).hasValue(2);
        assertThat(place.op().orElse("")).isEqualTo(op);
        assertThat(place.on().orElse("")).isEqualTo(device);
    }

    @Test
    void nowhere_saysNothing() {
        assertThat(FailurePlace.NOWHERE.isKnown()).isFalse();
        assertThat(FailurePlace.NOWHERE.say("on ", "it broke")).isEqualTo("it broke");
        assertThat(FailurePlace.NOWHERE.rank()).isEmpty();
        assertThat(FailurePlace.NOWHERE.op()).isEmpty();
        assertThat(FailurePlace.NOWHERE.on()).isEmpty();
    }
}
