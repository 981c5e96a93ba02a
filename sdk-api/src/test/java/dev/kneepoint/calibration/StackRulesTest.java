package dev.kneepoint.calibration;

import static dev.kneepoint.calibration.Rows.mapped;
import static org.assertj.core.api.Assertions.assertThat;

import dev.kneepoint.profile.AttentionKernel;
import dev.kneepoint.profile.ProfileCatalog;
import dev.kneepoint.strategy.DataKind;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Sources that no rule was written for: each must get a stack, and a sensible one. */
class StackRulesTest {
    @ParameterizedTest
    @CsvSource({
        // source, place, data kind, tp, pp, attention, date, preset, data kind
        "PyTorch FSDP2 blog, 8 H100 with compile, fsdp, 1, 1, sdpa, 2025-03, torchtitan, FSDP",
        "PyTorch FSDP (somebody), Fig. 3, fsdp, 1, 1, '', 2023-04, torch-fsdp, FSDP",
        "A compiler blog, FSDP + torch.compile, fsdp, 1, 1, sdpa, 2024-03, torch-fsdp-compiled, FSDP",
        "Somebody, ZeRO-3, '', 1, 1, '', 2024-05, deepspeed-zero3, FSDP",
        "Somebody, ZeRO stage 3, '', 1, 1, '', 2024-05, deepspeed-zero3, FSDP",
        "DeepSpeed blog, Table 2, zero3, 1, 1, '', 2024-05, deepspeed-zero3, FSDP",
        "Axolotl user report, FSDP, '', '', '', flash_attention_2, 2024-09, torch-fsdp, FSDP",
        "LLaMA-Factory wiki, DDP, '', '', '', '', 2024-09, torch-fsdp, DDP",
        "nanoGPT README, 8x A100, ddp, 1, 1, '', 2023-01, torch-fsdp-compiled, DDP",
        "A lab's blog, Table 1, ddp, 1, 1, '', 2024-01, torch-fsdp, DDP",
        "MaxText on GPUs, Table 1, fsdp, 1, 1, '', 2024-08, jax, FSDP",
        "A Megatron-LM fork, Table 1, zero1, 2, 4, flash, 2023-03, megatron-2022, ZERO1",
        "Colossal-AI benchmark, Table 1, zero1, 2, 4, '', 2022-10, megatron-2022, ZERO1",
        "MegaScale (NSDI 24), Table 2, zero1, 8, 8, flash2, 2024-02, megatron-core-2024, ZERO1",
        "OPT logbook, main run, fsdp, 8, 1, '', 2022-05, torch-fsdp, FSDP",
        "A Megatron-DeepSpeed run, Table 1, zero1, 4, 4, '', 2022-09, megatron-2021, ZERO1",
        "A Megatron-DeepSpeed run, Table 1, zero1, 4, 4, flash2, 2023-09, megatron-2022, ZERO1",
        "A GPT on many cards, Table 1, ddp, 8, 1, '', 2020-06, megatron-2021, DDP",
        "Nobody in particular, '', '', 4, 2, '', '', megatron-core-2024, ZERO1"
    })
    void choose_unknownSource_isPlacedByItsWordsLayoutAndDate(
            String source,
            String place,
            String kind,
            String tensor,
            String pipeline,
            String attention,
            String date,
            String preset,
            DataKind data) {
        Mapping.Mapped m = mapped(
                "source",
                source,
                "row_ref",
                place,
                "dp_kind",
                kind,
                "tp",
                tensor,
                "pp",
                pipeline,
                "gpus",
                "64",
                "attention_impl",
                attention,
                "date",
                date);
        assertThat(m.stack().preset()).isEqualTo(preset);
        assertThat(m.layout().strategy().data()).isEqualTo(data);
    }

    @ParameterizedTest
    @CsvSource({
        "flash_attention_2, 2023-01, FLASH2",
        "FlashAttention-2, 2024-01, FLASH2",
        "flash_attention_3, 2024-09, VENDOR",
        "fa3, 2024-09, VENDOR",
        "flash, 2023-02, FLASH1",
        "flash, 2023-11, FLASH2",
        "flash_attn v1, 2023-11, FLASH1",
        "sdpa, 2024-01, FLASH2",
        "triton_flash_attention, 2024-01, FLASH2",
        "te_fused, 2023-05, VENDOR",
        "cuDNN, 2024-05, VENDOR",
        "eager, 2024-05, UNFUSED",
        "naive, 2024-05, UNFUSED"
    })
    void choose_attentionWords_areReadAsWordsAndByDate(String text, String date, AttentionKernel kernel) {
        assertThat(kernel("attention_impl", text, "date", date)).isEqualTo(kernel);
    }

    @Test
    void choose_shardedRunBeforeFlashAttention_isUnfused() {
        assertThat(kernel("dp_kind", "fsdp", "date", "2021-07")).isEqualTo(AttentionKernel.UNFUSED);
        assertThat(kernel("dp_kind", "fsdp", "date", "2023-10"))
                .isEqualTo(ProfileCatalog.stack("torch-fsdp").kernels().attention());
    }

    @Test
    void choose_layoutNotPrinted_shardsWhatOneDeviceCannotHold() {
        assertThat(blank("layers", "32").layout().strategy().data()).isEqualTo(DataKind.FSDP);
        assertThat(blank("layers", "2").layout().strategy().data()).isEqualTo(DataKind.DDP);
        assertThat(blank("layers", "32", "tp", "8").layout().strategy().data()).isEqualTo(DataKind.DDP);
        assertThat(blank("layers", "32").stack().preset()).isEqualTo("torch-fsdp");
    }

    private static Mapping.Mapped blank(String... changes) {
        String[] base = {"dp_kind", "", "tp", "", "pp", "", "date", "2023-02"};
        String[] all = new String[base.length + changes.length];
        System.arraycopy(base, 0, all, 0, base.length);
        System.arraycopy(changes, 0, all, base.length, changes.length);
        return mapped(all);
    }

    private static AttentionKernel kernel(String... changes) {
        return mapped(changes).scenario().stack().kernels().attention();
    }
}
