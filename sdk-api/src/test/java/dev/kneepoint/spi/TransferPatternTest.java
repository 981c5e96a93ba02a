package dev.kneepoint.spi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.kneepoint.backend.engine.DataType;
import java.util.Arrays;
import java.util.Collections;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class TransferPatternTest {
    private static TransferCall call(TransferKind kind, long count, int ranks) {
        return new TransferCall(kind, ElementType.FLOAT, count, ranks, false, 0, 1, true);
    }

    /** What the kind says that every rank receives, from what all send. */
    private static float[][] reference(TransferCall call, float[][] sent) {
        int n = call.ranks();
        int count = (int) call.count();
        float[][] out = new float[n][(int) call.received()];
        for (int r = 0; r < n; r++) {
            for (int i = 0; i < out[r].length; i++) {
                int owner = i / count;
                out[r][i] = switch (call.kind()) {
                    case ALL_REDUCE -> sum(sent, i);
                    case REDUCE_SCATTER -> sum(sent, r * count + i);
                    case ALL_GATHER -> sent[owner][i % count];
                    case ALL_TO_ALL -> sent[owner][r * count + i % count];
                    case BROADCAST -> sent[0][i];
                    case SEND_RECEIVE -> sent[(r + n - 1) % n][i];
                };
            }
        }
        return out;
    }

    private static float sum(float[][] sent, int at) {
        float sum = 0;
        for (float[] s : sent) {
            sum += s[at];
        }
        return sum;
    }

    private static float[][] sent(TransferPattern pattern, TransferCall call) {
        float[][] out = new float[call.ranks()][(int) call.sent()];
        for (int r = 0; r < out.length; r++) {
            pattern.send(r, 0, out[r], 0, out[r].length);
        }
        return out;
    }

    @ParameterizedTest
    @EnumSource
    void whatIsExpected_isWhatTheKindMakesOfWhatIsSent(TransferKind kind) {
        Random random = new Random(kind.ordinal());
        for (int ranks : new int[] {1, 2, 3, 8, 300}) {
            TransferCall call = call(kind, 1L + random.nextInt(20_000 / ranks), ranks);
            TransferPattern pattern = new TransferPattern(call);
            float[][] right = reference(call, sent(pattern, call));
            for (int r = 0; r < ranks; r++) {
                assertThat(pattern.wrong(r, 0, right[r], 0, right[r].length))
                        .as("%s", call)
                        .isZero();
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void anElementThatIsNotTheRightOne_isCounted(TransferKind kind) {
        TransferCall call = call(kind, 5_000, 4);
        TransferPattern pattern = new TransferPattern(call);
        float[][] got = reference(call, sent(pattern, call));
        got[2][77] += 1;
        got[2][4_000] = TransferPattern.NOTHING;
        assertThat(pattern.wrong(2, 0, got[2], 0, got[2].length)).isEqualTo(2);
        assertThat(pattern.wrong(2, 78, got[2], 78, 1_000)).isZero();
    }

    /** A part that a collective left out, or put elsewhere, is wrong nearly everywhere. */
    @ParameterizedTest
    @EnumSource
    void aPartOfAnotherRankOrPlace_isFound(TransferKind kind) {
        TransferCall call = call(kind, 4_096, 4);
        TransferPattern pattern = new TransferPattern(call);
        float[][] sent = sent(pattern, call);
        float[][] right = reference(call, sent);
        assertThat(pattern.wrong(1, 0, sent[1], 0, 4_096)).as("its own values").isGreaterThan(3_500);
        assertThat(pattern.wrong(1, 1_024, right[1], 0, 1_024))
                .as("moved by 1,024")
                .isGreaterThan(900);
    }

    /** What all ranks send, made one in any order, rounded after every step. */
    @ParameterizedTest
    @EnumSource
    void everyReduction_isRightInEveryType(ReductionOp op) {
        Random random = new Random(op.ordinal());
        for (ElementType type : ElementType.values()) {
            for (int ranks : new int[] {1, 2, 3, 8, 70}) {
                TransferCall call =
                        new TransferCall(TransferKind.ALL_REDUCE, type, 1_000, ranks, false, 0, 1, op, true);
                TransferPattern pattern = new TransferPattern(call);
                float[][] sent = sent(pattern, call);
                Collections.shuffle(Arrays.asList(sent), random);
                float[] got = sent[0];
                for (int r = 1; r < ranks; r++) {
                    for (int i = 0; i < got.length; i++) {
                        got[i] = combine(op, got[i], sent[r][i]);
                    }
                    got = rounded(type, got);
                }
                for (int i = 0; op == ReductionOp.AVG && i < got.length; i++) {
                    got[i] /= ranks;
                }
                got = rounded(type, got);
                assertThat(pattern.wrong(0, 0, got, 0, got.length))
                        .as("%s", call)
                        .isZero();
                got[random.nextInt(got.length)] += 100;
                assertThat(pattern.wrong(0, 0, got, 0, got.length))
                        .as("%s", call)
                        .isOne();
            }
        }
    }

    private static float combine(ReductionOp op, float all, float one) {
        return switch (op) {
            case SUM, AVG -> all + one;
            case PROD -> all * one;
            case MIN -> Math.min(all, one);
            case MAX -> Math.max(all, one);
        };
    }

    private static float[] rounded(ElementType type, float[] values) {
        DataType of = DataType.of(type);
        return of.unpack(of.pack(values), values.length);
    }

    /** BF16 has eight bits of mantissa, the leading one included. */
    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 7, 64, 170, 256, 257, 1_000, 16_384})
    void everySum_isAWholeNumberThatEveryTypeHas(int ranks) {
        TransferPattern pattern = new TransferPattern(call(TransferKind.ALL_REDUCE, TransferPattern.PERIOD, ranks));
        double all = 0;
        for (int i = 0; i < TransferPattern.PERIOD; i++) {
            float sum = pattern.expected(0, i);
            assertThat(sum).isBetween(0f, 256f).isEqualTo((float) Math.rint(sum));
            all += sum;
        }
        assertThat(all / TransferPattern.PERIOD).isBetween(80.0, 140.0);
    }

    @ParameterizedTest
    @CsvSource({
        "ALL_REDUCE, FLOAT, 1024, 4, 256, 1024",
        "ALL_REDUCE, BFLOAT16, 1023, 4, 511, 1022",
        "ALL_GATHER, FLOAT, 1024, 4, 64, 1024",
        "ALL_GATHER, FLOAT, 1000, 3, 80, 960",
        "ALL_GATHER, FLOAT, 40, 3, 0, 0",
        "REDUCE_SCATTER, HALF, 1000, 3, 160, 960",
        "ALL_TO_ALL, INT32, 100, 2, 12, 96",
        "BROADCAST, FLOAT, 8, 4, 2, 8",
        "SEND_RECEIVE, FLOAT, 8, 4, 2, 8",
    })
    void countsAndSizes_areThoseOfNcclTests(
            TransferKind kind, ElementType type, long bytes, int ranks, long count, long size) {
        assertThat(kind.count(bytes, type, ranks)).isEqualTo(count);
        if (count > 0) {
            assertThat(new TransferCall(kind, type, count, ranks, false, 0, 1, true).bytes())
                    .isEqualTo(size);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "ALL_REDUCE, 1.5",
        "ALL_GATHER, 0.75",
        "REDUCE_SCATTER, 0.75",
        "ALL_TO_ALL, 0.75",
        "BROADCAST, 1",
        "SEND_RECEIVE, 1"
    })
    void busFactors_areThoseOfNcclTests(TransferKind kind, double factor) {
        assertThat(kind.busFactor(4)).isEqualTo(factor);
        kind.collective().ifPresent(c -> assertThat(c.busBytes(64, 4)).isEqualTo(64 * factor));
    }

    @Test
    void namesThatAreNone_areAnErrorThatNamesTheNearest() {
        assertThat(TransferKind.parse("all_reduce")).isEqualTo(TransferKind.ALL_REDUCE);
        assertThat(ElementType.parse("Half")).isEqualTo(ElementType.HALF);
        assertThatThrownBy(() -> TransferKind.parse("all-redcue"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("did you mean 'all-reduce'?");
        assertThatThrownBy(() -> ElementType.parse("flaot"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("did you mean 'float'?");
    }

    @Test
    void callsOutOfRange_areRefused() {
        assertThatThrownBy(() -> call(TransferKind.ALL_REDUCE, 0, 2)).hasMessage("count must be at least 1, not 0");
        assertThatThrownBy(() -> call(TransferKind.ALL_REDUCE, 1, 0)).hasMessageContaining("ranks must be between 1");
        assertThatThrownBy(
                        () -> call(TransferKind.ALL_TO_ALL, Long.MAX_VALUE, 2).sent())
                .isInstanceOf(ArithmeticException.class);
    }
}
