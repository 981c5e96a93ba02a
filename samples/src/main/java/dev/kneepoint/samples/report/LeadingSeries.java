package dev.kneepoint.samples.report;

import dev.kneepoint.study.ScalingStudy;
import dev.kneepoint.study.StudyResult;
import dev.kneepoint.study.StudySeries;

/** The series that speaks for a study. */
public final class LeadingSeries {
    private LeadingSeries() {}

    /**
     * The best of all strategies at each size if the study has it, else its first strategy.
     *
     * @param study the study
     * @return one of its series
     */
    public static StudySeries of(StudyResult study) {
        return study.series().stream()
                .filter(s -> s.name().equals(ScalingStudy.ENVELOPE))
                .findFirst()
                .orElse(study.series().getFirst());
    }
}
