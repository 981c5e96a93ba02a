package dev.kneepoint.profile;

import java.util.Locale;

/** Families of attention kernels, by era. */
public enum AttentionKernel {
    /** Two batched products and a softmax over scores in memory. */
    UNFUSED,
    /** FlashAttention 1 and kernels of its speed. */
    FLASH1,
    /** FlashAttention 2 and kernels of its speed. */
    FLASH2,
    /** Vendor kernels (cuDNN in Transformer Engine) and FlashAttention 3. */
    VENDOR;

    /**
     * The name in files.
     *
     * @return lower-case name
     */
    public String label() {
        return name().toLowerCase(Locale.ROOT);
    }
}
