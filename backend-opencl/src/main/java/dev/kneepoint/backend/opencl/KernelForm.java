package dev.kneepoint.backend.opencl;

import com.google.common.collect.ImmutableList;

/** The two ways in which the kernels are written. */
enum KernelForm {
    /** One work-item to a group, which keeps blocks in registers and never waits. */
    CPU(
            1,
            ImmutableList.of(
                    "common",
                    "form-cpu",
                    "elements",
                    "rows",
                    "float",
                    "matmul-cpu",
                    "half",
                    "matmul-cpu",
                    "tiles-cpu",
                    "attention")),
    /** Groups of 64 that share tiles in local memory. */
    GPU(
            64,
            ImmutableList.of(
                    "common",
                    "form-gpu",
                    "elements",
                    "rows",
                    "float",
                    "matmul-gpu",
                    "half",
                    "matmul-gpu",
                    "tiles-gpu",
                    "attention"));

    /** Names of kernels in every form's program. */
    static final ImmutableList<String> KERNELS = ImmutableList.of(
            "nothing",
            "fill",
            "copy",
            "scale",
            "add",
            "triad",
            "activation",
            "adamw",
            "largest",
            "quantise",
            "norm",
            "softmax",
            "loss_gradient",
            "gather_rows",
            "rotary",
            "matmul",
            "matmul_half",
            "to_half",
            "attention",
            "attention_sums",
            "attention_queries",
            "attention_keys");

    private final int group;
    private final ImmutableList<String> parts;

    KernelForm(int group, ImmutableList<String> parts) {
        this.group = group;
        this.parts = parts;
    }

    /** The form for a device: a group of 64 is more than some devices run. */
    static KernelForm of(ClDeviceInfo device) {
        return device.type() == ClDeviceType.CPU || device.workGroup() < GPU.group ? CPU : GPU;
    }

    /** Work-items of a work-group. */
    int group() {
        return group;
    }

    /** Files of its source, in order. */
    ImmutableList<String> parts() {
        return parts;
    }

    /** Tokens of queries, and of keys, that a work-group of attention takes. */
    int queryTile() {
        return this == CPU ? 64 : 32;
    }

    /** Keys that a work-group of their gradient takes. */
    int keyTile() {
        return 32;
    }
}
