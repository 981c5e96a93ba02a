package dev.kneepoint.strategy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.kneepoint.workload.Recompute;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The short text form: what it says, and what is refused. */
class StrategySpecTest {
    @Test
    void everyStrategyReadsBack() {
        for (int seed = 0; seed < 2_000; seed++) {
            ParallelismStrategy s = RandomStrategies.next(new Random(seed));
            assertThat(ParallelismStrategy.parse(s.spec())).as("seed " + seed).isEqualTo(s);
            assertThat(s.toBuilder().build()).as("seed " + seed).isEqualTo(s);
        }
    }

    @Test
    void textAtRandomIsReadOrRefused() {
        String alphabet = "ddp,fs=tpvc0123456789 -hzero";
        for (int seed = 0; seed < 5_000; seed++) {
            Random random = new Random(seed);
            StringBuilder text = new StringBuilder(RandomStrategies.next(random).spec());
            for (int n = random.nextInt(5); n >= 0; n--) {
                text.setCharAt(random.nextInt(text.length()), alphabet.charAt(random.nextInt(alphabet.length())));
            }
            try {
                ParallelismStrategy.parse(text.toString());
            } catch (RuntimeException e) {
                assertThat(e).as("seed " + seed).isExactlyInstanceOf(IllegalArgumentException.class);
                assertThat(e.getMessage()).as("seed " + seed).startsWith("strategy '" + text + "': ");
            }
        }
    }

    @Test
    void defaultsAreLeftOut() {
        assertThat(ParallelismStrategy.parse("ddp").spec()).isEqualTo("ddp");
        assertThat(ParallelismStrategy.parse("tp=8").spec()).isEqualTo("ddp,tp=8");
        assertThat(ParallelismStrategy.parse("ZERO3 , TP=2, pp=1,sp=on").spec()).isEqualTo("fsdp,tp=2");
        assertThat(ParallelismStrategy.parse("vpp=2,pp=4,sched=interleaved").spec())
                .isEqualTo("ddp,pp=4,vpp=2");
        assertThat(ParallelismStrategy.parse("order=tp-cp-dp-pp,prefetch=pre").spec())
                .isEqualTo("ddp");
        assertThat(ParallelismStrategy.parse("hsdp=8")).hasToString("hsdp=8");
    }

    @Test
    void everyPartIsRead() {
        ParallelismStrategy s =
                ParallelismStrategy.parse("hsdp=4,tp=2,pp=2,cp=3,ep=5,folded=off,sched=zb-h1,sp=off,mb=6,"
                        + "recompute=full,prefetch=none,split=3-4,order=pp-dp-cp-tp");
        assertThat(s.data()).isEqualTo(DataKind.HSDP);
        assertThat(s.shardGroup()).isEqualTo(4);
        assertThat(s.tensor()).isEqualTo(2);
        assertThat(s.pipeline()).isEqualTo(2);
        assertThat(s.context()).isEqualTo(3);
        assertThat(s.expert()).isEqualTo(5);
        assertThat(s.foldedExperts()).isFalse();
        assertThat(s.schedule()).isEqualTo(PipelineScheduleKind.ZERO_BUBBLE_H1);
        assertThat(s.sequenceParallel()).isFalse();
        assertThat(s.microBatch()).hasValue(6);
        assertThat(s.recompute()).contains(Recompute.FULL);
        assertThat(s.prefetch()).isEqualTo(Prefetch.NONE);
        assertThat(s.split()).containsExactly(3, 4);
        assertThat(s.order()).containsExactly(Axis.PIPELINE, Axis.DATA, Axis.CONTEXT, Axis.TENSOR);
    }

    @Test
    void parse_splitInRuns_isWrittenOut() {
        ParallelismStrategy s = ParallelismStrategy.parse("pp=2,vpp=3,split=4x2-1x3-4");

        assertThat(s.split()).containsExactly(2, 2, 2, 2, 3, 4);
        assertThat(s.spec()).contains("split=2-2-2-2-3-4");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "pp=2,split=2x | split needs the layers of each chunk, such as 9-7-8-8 or 14x2-4x1, not '2x'",
                "pp=2,split=0x2 | split needs the layers of each chunk, such as 9-7-8-8 or 14x2-4x1, not '0x2'",
                "pp=2,split=99999999x2 | split needs the layers of each chunk, such as 9-7-8-8 or 14x2-4x1, not '99999999x2'",
                "fspd | unknown part 'fspd'; did you mean 'fsdp'? A strategy is a data kind (ddp, zero1, zero2, fsdp, hsdp=N) and"
                        + " any of tp=, pp=, vpp=, cp=, ep=, folded=, sched=, sp=, mb=, recompute=, prefetch=, split=, order=",
                "fsdp,tq=4 | unknown part 'tq=4'; did you mean 'tp'?",
                "fsdp,recompte=full | unknown part 'recompte=full'; did you mean 'recompute'?",
                "fsdp,warmup=1 | unknown part 'warmup=1'; a strategy is",
                "fsdp, | unknown part ''; a strategy is",
                "'' | unknown part ''; a strategy is",
                "fsdp,ddp | the data kind is given twice",
                "tp=2,tp=4 | the tp is given twice",
                "fsdp=8 | 'fsdp=8': only hsdp takes a number",
                "hsdp | hsdp needs a whole number, for example hsdp=2, not ''",
                "hsdp=0 | hsdp must be between 1 and 1048576, not 0",
                "hsdp=2147483647 | hsdp must be between 1 and 1048576, not 2147483647",
                "tp=x | tp needs a whole number, for example tp=2, not 'x'",
                "tp=1.5 | tp needs a whole number, for example tp=2, not '1.5'",
                "tp=99999999999 | tp needs a whole number, for example tp=2, not '99999999999'",
                "tp=0 | tp must be between 1 and 1048576, not 0",
                "tp=-2 | tp must be between 1 and 1048576, not -2",
                "pp=0 | pp must be between 1 and 1048576, not 0",
                "cp=0 | cp must be between 1 and 1048576, not 0",
                "ep=0 | ep must be between 1 and 1048576, not 0",
                "mb=0 | mb must be between 1 and 16777216, not 0",
                "vpp=2 | vpp=2 needs pp above 1",
                "vpp=0 | vpp must be between 1 and 1048576, not 0",
                "pp=4,vpp=2,sched=1f1b | vpp=2 needs sched=interleaved, not 1f1b",
                "pp=4,sched=interleaved | sched=interleaved needs vpp of at least 2",
                "sched=gpipe | sched=gpipe needs pp above 1",
                "pp=2,sched=1fib | unknown schedule '1fib'; did you mean '1f1b'? known: gpipe, 1f1b, interleaved, zb-h1",
                "sp=on | sp=on needs tp above 1",
                "tp=2,sp=maybe | sp is on or off, not 'maybe'",
                "ep=2,folded=no | folded is on or off, not 'no'",
                "recompute=some | unknown recompute policy 'some'; known: none, selective, full",
                "prefetch=late | unknown prefetch 'late'; known: pre, post, none",
                "pp=2,split=8 | split names 1 chunks, but pp*vpp is 2",
                "pp=2,split=8-0 | split gives a stage 0 layers; every stage needs at least 1",
                "pp=2,split=8- | split needs the layers of each chunk, such as 9-7-8-8 or 14x2-4x1, not '8-'",
                "pp=1048576,vpp=1048576,split=1-1 | split names 2 chunks, but pp*vpp is 1099511627776",
                "order=tp-pp | order must name tp, cp, dp and pp once each, not tp-pp",
                "order=tp-tp-dp-pp | order must name tp, cp, dp and pp once each, not tp-tp-dp-pp",
                "order=tp-cp-dp-qq | unknown axis 'qq'; known: tp, cp, dp, pp",
            })
    void whatIsWrongIsSaid(String spec, String message) {
        assertThatThrownBy(() -> ParallelismStrategy.parse(spec))
                .isExactlyInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("strategy '" + spec + "': " + message);
    }

    @Test
    void theShardGroupBelongsToHsdp() {
        ParallelismStrategyBuilder b = ParallelismStrategy.builder().hsdp(8);
        assertThat(b.data(DataKind.FSDP).build().shardGroup()).isZero();
        assertThatThrownBy(
                        () -> ParallelismStrategy.builder().data(DataKind.HSDP).build())
                .hasMessage("hsdp needs its shard group, for example hsdp=8");
    }

    @Test
    void listsAreCopied() {
        List<Integer> split = new java.util.ArrayList<>(List.of(2, 2));
        ParallelismStrategy s =
                ParallelismStrategy.builder().pipeline(2).split(split).build();
        split.set(0, 9);
        assertThat(s.split()).containsExactly(2, 2);
        assertThatThrownBy(() -> s.split().add(1)).isInstanceOf(UnsupportedOperationException.class);
    }
}
