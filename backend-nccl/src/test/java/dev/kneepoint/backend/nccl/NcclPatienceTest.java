package dev.kneepoint.backend.nccl;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.concurrent.CancellationException;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class NcclPatienceTest {
    private static final Duration LONG = Duration.ofMinutes(1);

    @Test
    void waitsForTheResult() {
        AtomicInteger looks = new AtomicInteger();
        int result = NcclPatience.of(LONG)
                .await(() -> looks.incrementAndGet() < 1500 ? NcclResult.IN_PROGRESS : 6, "ncclAllReduce");
        assertThat(result).isEqualTo(6);
        assertThat(looks).hasValue(1500);
    }

    @Test
    void whatNeverEnds_endsWithAnException() {
        assertThatThrownBy(() -> NcclPatience.of(Duration.ofMillis(20)).await(() -> NcclResult.IN_PROGRESS, "ncclSend"))
                .isInstanceOf(NcclException.class)
                .hasMessage("NCCL: ncclSend failed with ncclInProgress (7): it has not come to an end for 20 ms");
    }

    @Test
    void interruption_endsTheWait() {
        CancellationException stop = new CancellationException("the user");
        NcclPatience patience = new NcclPatience(LONG, () -> {
            throw stop;
        });
        assertThatThrownBy(() -> patience.await(() -> NcclResult.IN_PROGRESS, "ncclRecv"))
                .isSameAs(stop);
    }

    @Test
    void noTime_isRefused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> NcclPatience.of(Duration.ZERO))
                .withMessage("limit must be longer than nothing, not PT0S");
    }
}
