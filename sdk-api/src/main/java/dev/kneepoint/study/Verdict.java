package dev.kneepoint.study;

import com.google.common.collect.ImmutableList;
import java.util.List;

/**
 * What the study says to do.
 *
 * @param sentence the answer in one or two sentences
 * @param bestStrategy the strategy that is quickest at the largest size that any ran at; blank if none ran
 * @param baseline the strategy that it is compared with: the first of the study; blank if none ran
 * @param gainAtLargest throughput of the best over the baseline at that size, minus 1; 0 if they are the same
 * @param notes further findings, a sentence each
 */
public record Verdict(String sentence, String bestStrategy, String baseline, double gainAtLargest, List<String> notes) {
    /** Copies the notes. */
    public Verdict {
        notes = ImmutableList.copyOf(notes);
    }
}
