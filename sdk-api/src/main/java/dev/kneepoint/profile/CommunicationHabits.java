package dev.kneepoint.profile;

import dev.kneepoint.units.Checks;

/**
 * What a framework sends.
 *
 * @param gradientBytes bytes of a reduced gradient element: 4 or 2
 * @param quantisedGatherBytes bytes of a gathered parameter under FP8: 1 where weights are gathered quantised, else 2
 * @param bucketBytes size of a gradient bucket
 * @param bucketBytesPerRank what the bucket grows by per data-parallel rank (Megatron-Core); 0 elsewhere
 * @param collectivesPerUnit collectives that gather or scatter one sharded unit: 1 for a flat unit, more when
 *     parameters travel one by one
 * @param networkFactor factor on the network rate
 * @param tensorOverheadMicros device time around one tensor-parallel collective, microseconds
 * @param collectiveLaunchMicros host time to issue one collective, microseconds
 * @param crossedTensorMicros further host time of one tensor-parallel collective per rank of its group while pipeline
 *     messages cross nodes, microseconds: such messages and the group's collectives take turns
 * @param deduplicatedDispatch whether a routed token travels once to each scale-up domain that wants it, not once to each
 *     of its experts
 * @param updates how the ranks of ZeRO-1 and 2 share the weights that each has updated
 */
public record CommunicationHabits(
        double gradientBytes,
        double quantisedGatherBytes,
        double bucketBytes,
        double bucketBytesPerRank,
        double collectivesPerUnit,
        double networkFactor,
        double tensorOverheadMicros,
        double collectiveLaunchMicros,
        double crossedTensorMicros,
        boolean deduplicatedDispatch,
        UpdateSharing updates) {
    /** Checks the ranges. */
    public CommunicationHabits {
        Checks.positive("gradientBytes", gradientBytes);
        Checks.positive("quantisedGatherBytes", quantisedGatherBytes);
        Checks.positive("bucketBytes", bucketBytes);
        Checks.notNegative("bucketBytesPerRank", bucketBytesPerRank);
        Checks.positive("collectivesPerUnit", collectivesPerUnit);
        Checks.positive("networkFactor", networkFactor);
        Checks.notNegative("tensorOverheadMicros", tensorOverheadMicros);
        Checks.notNegative("collectiveLaunchMicros", collectiveLaunchMicros);
        Checks.notNegative("crossedTensorMicros", crossedTensorMicros);
    }
}
