package dev.kneepoint.calibration;

import static dev.kneepoint.calibration.Rows.mapped;
import static dev.kneepoint.calibration.Rows.skipped;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.kneepoint.cluster.NetworkKind;
import dev.kneepoint.profile.AttentionKernel;
import dev.kneepoint.profile.ProfileCatalog;
import dev.kneepoint.profile.SoftwareStack;
import dev.kneepoint.strategy.DataKind;
import dev.kneepoint.strategy.PipelineScheduleKind;
import dev.kneepoint.workload.Precision;
import dev.kneepoint.workload.Recompute;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class MeasurementMapperTest {

    // What is skipped

    @Test
    void map_unknownDevice_isSkipped() {
        assertThat(skipped("accelerator", "TPU-v4")).isEqualTo("unknown accelerator");
    }

    @Test
    void map_missingShape_namesTheColumn() {
        assertThat(skipped("hidden", "")).isEqualTo("no hidden");
    }

    @Test
    void map_fineTuningOfAdapters_isSkipped() {
        assertThat(skipped("row_ref", "Llama2 7B LoRA")).contains("LoRA");
    }

    @Test
    void map_degreesThatDoNotDivideDevices_areSkipped() {
        assertThat(skipped("tp", "3")).isEqualTo("tp*pp*cp does not divide the devices");
    }

    @Test
    void map_precisionThatTheDeviceLacks_isSkipped() {
        assertThat(skipped("precision", "nvfp4")).isEqualTo("h100-sxm has no fp4");
    }

    // Stacks

    @ParameterizedTest
    @CsvSource({
        "Ultra-Scale Playbook (nanotron) x, ddp, 2025-02, nanotron",
        "MosaicML llm-foundry README, fsdp, 2023-10, torch-fsdp",
        "TorchTitan paper, fsdp, 2024-10, torchtitan",
        "DeepSpeed on Azure blog, fsdp, 2022-07, deepspeed-zero3",
        "NVIDIA JAX-Toolbox Paxml README, fsdp, 2024-06, jax",
        "Zero Bubble Pipeline Parallelism, ddp, 2023-11, megatron-2022",
        "Somebody, fsdp, 2024-01, torch-fsdp",
        "NVIDIA Megatron-Bridge performance summary (25.09), zero1, 2025-10, megatron-core-2025",
        "NVIDIA NeMo performance summary (24.07), zero1, 2024-08, megatron-core-2024",
        "Narayanan et al. 2021, ddp, 2021-04, megatron-2021",
        "vTrain, ddp, 2023-12, megatron-2021"
    })
    void map_sourceAndDate_chooseTheStack(String source, String kind, String date, String stack) {
        assertThat(mapped("source", source, "dp_kind", kind, "date", date)
                        .scenario()
                        .stack()
                        .name())
                .isEqualTo(stack);
    }

    @ParameterizedTest
    @CsvSource({
        "megatron_unfused, UNFUSED",
        "megatron_fused_softmax, UNFUSED",
        "no_flash, UNFUSED",
        "flash1, FLASH1",
        "flash2, FLASH2",
        "sdpa_flash, FLASH2",
        "te_fused, VENDOR"
    })
    void map_attentionColumn_choosesTheKernel(String text, AttentionKernel kernel) {
        assertThat(mapped("attention_impl", text).scenario().stack().kernels().attention())
                .isEqualTo(kernel);
    }

    @Test
    void map_torchTitanWithoutCompilation_launchesEveryKernel() {
        String released = ProfileCatalog.stack("torchtitan").date();
        var eager = mapped("source", "TorchTitan", "dp_kind", "fsdp", "row_ref", "Table 1 FSDP", "date", released);
        var compiled =
                mapped("source", "TorchTitan", "dp_kind", "fsdp", "row_ref", "Table 1 +compile", "date", released);
        assertThat(eager.scenario().stack().kernels().kernelShare()).isEqualTo(1);
        assertThat(compiled.scenario().stack()).isEqualTo(ProfileCatalog.stack("torchtitan"));
    }

    @Test
    void map_laterRelease_isQuickerByTheYearlyGainUpToTwoYears() {
        SoftwareStack preset = ProfileCatalog.stack("megatron-2021");
        double now = preset.kernels().gemmFactor();
        var same = mapped("source", "vTrain", "date", preset.date());
        var later = mapped("source", "vTrain", "date", "2022-06");
        var farther = mapped("source", "vTrain", "date", "2024-12");
        assertThat(same.scenario().stack().kernels().gemmFactor()).isCloseTo(now, within(1e-12));
        assertThat(later.scenario().stack().kernels().gemmFactor())
                .isCloseTo(now * Math.exp(preset.yearlyGain()), within(1e-9));
        assertThat(farther.scenario().stack().kernels().gemmFactor())
                .isCloseTo(now * Math.exp(2 * preset.yearlyGain()), within(1e-9));
    }

    @Test
    void map_unprintedMicroBatchUnderPipelines_isTheFrameworksDefault() {
        var titan = mapped(
                "source",
                "TorchTitan",
                "dp_kind",
                "fsdp",
                "pp",
                "4",
                "gpus",
                "32",
                "tp",
                "1",
                "global_batch",
                "64",
                "micro_batch",
                "");
        assertThat(titan.layout().microBatches()).isEqualTo(4);
        assertThat(titan.layout().microBatch()).isEqualTo(2);
    }

    // Models

    @Test
    void map_modelNames_decideHeadsAndAttention() {
        assertThat(mapped("model", "Qwen3-8B").scenario().workload().model().headSize())
                .isEqualTo(128);
        var oss = mapped("model", "GPT-OSS-120B", "hidden", "2880", "heads", "64", "kv_heads", "8")
                .scenario();
        assertThat(oss.workload().model().headSize()).isEqualTo(64);
        assertThat(oss.workload().model().windowedLayerFraction()).isEqualTo(0.5);
        assertThat(oss.stack().kernels().attention()).isEqualTo(AttentionKernel.UNFUSED);
        var v3 = mapped(
                "model",
                "DeepSeek-V3",
                "layers",
                "61",
                "hidden",
                "7168",
                "heads",
                "128",
                "experts",
                "256",
                "topk",
                "8");
        assertThat(v3.scenario().workload().model().latentAttention()).isPresent();
    }

    @ParameterizedTest
    @CsvSource({"fp8-cs, FP8", "mxfp8, FP8", "fp8, FP8", "bf16, BF16", "nvfp4, FP4"})
    void map_precisionVariants_areOneFormat(String text, Precision precision) {
        assertThat(mapped("accelerator", "B200-SXM-180GB", "precision", text)
                        .scenario()
                        .workload()
                        .precision())
                .isEqualTo(precision);
    }

    // Networks

    @ParameterizedTest
    @CsvSource({
        "AWS EFA 3200Gb/s per node, EFA, 50",
        "8x HDR InfiniBand 200Gb/s, INFINIBAND, 25",
        "4x Omni-Path 100Gb/s, OMNI_PATH, 6.25",
        "4x 100Gb/s RoCE, ROCE, 6.25",
        "1600Gb/s per node RoCE, ROCE, 25",
        "2Tb/s RoCE per node, ROCE, 31.25",
        "'Storage: 2x ConnectX-7 IB NDR 400Gb/s, Compute: 8x ConnectX-7 IB NDR 400Gb/s', INFINIBAND, 50"
    })
    void map_networkWords_giveKindAndRatePerDevice(String words, NetworkKind kind, double gigabytes) {
        var fabric = mapped("inter_node", words).scenario().cluster().fabric();
        assertThat(fabric.network()).isEqualTo(kind);
        assertThat(fabric.networkBandwidthPerDevice().value()).isEqualTo(gigabytes * 1e9);
    }

    @Test
    void map_rack_isOneScaleUpDomain() {
        var fabric = mapped("accelerator", "GB200 NVL72", "gpus_per_node", "4", "inter_node", "4x 400Gb/s per tray")
                .scenario()
                .cluster()
                .fabric();
        assertThat(fabric.scaleUpDomain()).isEqualTo(72);
        assertThat(fabric.networkBandwidthPerDevice().value()).isEqualTo(50e9);
    }

    // Layouts

    @Test
    void map_blankDataKind_followsTheStack() {
        assertThat(mapped("dp_kind", "", "source", "NVIDIA NeMo")
                        .layout()
                        .strategy()
                        .data())
                .isEqualTo(DataKind.ZERO1);
        assertThat(mapped("dp_kind", "", "source", "vTrain").layout().strategy().data())
                .isEqualTo(DataKind.DDP);
    }

    @Test
    void map_shardGroupInTheReference_isTaken() {
        var layout = mapped(
                        "gpus", "512", "global_batch", "1024", "dp_kind", "hsdp", "row_ref", "x (FSDP=128 GBS=1024)")
                .layout();
        assertThat(layout.shardRanks()).isEqualTo(128);
        assertThat(mapped("gpus", "64", "dp_kind", "hsdp").layout().shardRanks())
                .isEqualTo(8);
    }

    @Test
    void map_stateSharedInsideANode_reducesOverAllRanks() {
        var m = mapped(
                "source", "InternEvo", "gpus", "64", "dp_kind", "zero1", "row_ref", "Throughput (tp1-zero8) 64 GPUs");
        assertThat(m.layout().strategy().data()).isEqualTo(DataKind.DDP);
        assertThat(m.scenario().workload().optimizer().trafficBytes()).isEqualTo(4);
        var all = mapped(
                "source", "InternEvo", "gpus", "64", "dp_kind", "zero1", "row_ref", "Throughput (tp1-zero-1) 64 GPUs");
        assertThat(all.layout().strategy().data()).isEqualTo(DataKind.ZERO1);
    }

    @Test
    void map_unevenBatch_isRoundedAndScaledBack() {
        Mapping.Mapped m = mapped("global_batch", "60", "micro_batch", "2");
        assertThat(m.layout().microBatches()).isEqualTo(4);
        assertThat(m.batchScale()).isEqualTo(60 / 64.0);
    }

    @Test
    void map_interleavedWithOddMicroBatches_losesItsChunks() {
        var layout =
                mapped("gpus", "4", "pp", "4", "vpp", "2", "global_batch", "6").layout();
        assertThat(layout.strategy().virtualStages()).isEqualTo(1);
    }

    @Test
    void map_moreChunksThanLayers_takesTheMostEvenOnes() {
        // 126 layers on 16 stages: with 4 chunks a stage has at most 4 * 2 layers, as with 1; with 7 it has 14.
        var layout =
                mapped("gpus", "16", "layers", "126", "pp", "16", "vpp", "8").layout();
        assertThat(layout.strategy().virtualStages()).isEqualTo(4);
    }

    @Test
    void map_zeroBubbleRun_hasItsSchedule() {
        var layout = mapped("id", "zb-zb-1p-14.6b", "gpus", "4", "pp", "4").layout();
        assertThat(layout.strategy().schedule()).isEqualTo(PipelineScheduleKind.ZERO_BUBBLE_H1);
    }

    // Recomputation

    @ParameterizedTest
    @CsvSource({
        "vTrain, A100-SXM4-80GB, 1, FULL",
        "NVIDIA NeMo, H100-SXM5-80GB, 1, NONE",
        "NVIDIA NeMo, H100-SXM5-80GB, 16, FULL",
        "NVIDIA NeMo, GB200 NVL72, 16, NONE"
    })
    void map_recomputationNotPrinted_isInferredFromActivationsAlone(
            String source, String device, String microBatch, Recompute expected) {
        var layout = mapped(
                        "source",
                        source,
                        "accelerator",
                        device,
                        "micro_batch",
                        microBatch,
                        "global_batch",
                        "128",
                        "activation_ckpt",
                        "")
                .layout();
        assertThat(layout.recompute()).isEqualTo(expected);
    }
}
