package dev.kneepoint.calibration;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import dev.kneepoint.annotation.Incubating;
import dev.kneepoint.internal.json.RecordFields;
import dev.kneepoint.profile.DeviceProfile;
import dev.kneepoint.profile.GemmCurve;
import java.util.List;
import java.util.Map;

/**
 * Fits the constants of profiles on microbenchmarks: bounded robust least squares of log(predicted/measured), record by
 * record in turn until all have seen each other. Deterministic.
 *
 * @param profiles the fitted profiles
 * @param constants every fitted constant with its value before
 * @since 0.1
 */
@Incubating
public record MicrobenchmarkFit(MicrobenchmarkProfiles profiles, List<FittedConstant> constants) {
    private static final int SWEEPS = 4;

    /** Devices without enough rows of their own take their curves from the nearest device that has them. */
    private static final Map<String, String> CURVES_OF = ImmutableMap.of(
            "hopper-500w", "hopper",
            "blackwell-ultra", "blackwell",
            "grace-blackwell", "blackwell",
            "grace-blackwell-ultra", "blackwell");

    private static final List<String> OWN_LINKS = List.of("grace-blackwell", "grace-blackwell-ultra");

    /** Copies the constants. */
    public MicrobenchmarkFit {
        constants = ImmutableList.copyOf(constants);
    }

    /**
     * Fits.
     *
     * @param products measured products
     * @param collectives measured collectives
     * @param start where to start from
     * @return the fitted profiles and constants
     */
    public static MicrobenchmarkFit of(
            List<GemmSample> products, List<CollectiveSample> collectives, MicrobenchmarkProfiles start) {
        List<MicrobenchmarkCase> cases = Microbenchmarks.cases(products, collectives);
        RowWeights weights = new RowWeights(cases);
        List<FitBlock> blocks = FitBlocks.all();
        MicrobenchmarkProfiles now = start;
        for (int sweep = 0; sweep < SWEEPS; sweep++) {
            for (FitBlock block : blocks) {
                now = block.fit(now, cases, weights);
            }
        }
        for (Map.Entry<String, String> e : CURVES_OF.entrySet()) {
            now = inherited(now, e.getKey(), e.getValue());
        }
        now = ampereQuantised(now);
        MicrobenchmarkProfiles end = now;
        return new MicrobenchmarkFit(
                end,
                blocks.stream()
                        .flatMap(b -> b.changes(start, end, cases).stream())
                        .toList());
    }

    private static MicrobenchmarkProfiles inherited(MicrobenchmarkProfiles p, String to, String from) {
        DeviceProfile heir = MicrobenchmarkCase.require(p.devices().get(to), to);
        DeviceProfile parent = MicrobenchmarkCase.require(p.devices().get(from), from);
        DeviceProfile out = RecordFields.with(
                heir,
                Map.of(
                        "gemm",
                        curve(parent.gemm(), heir.gemm()),
                        "gemm_quantised",
                        curve(parent.gemmQuantised(), heir.gemmQuantised()),
                        "scale_up",
                        OWN_LINKS.contains(to) ? heir.scaleUp() : parent.scaleUp()));
        return p.with(to, out);
    }

    /** Ampere multiplies no narrower numbers. */
    private static MicrobenchmarkProfiles ampereQuantised(MicrobenchmarkProfiles p) {
        DeviceProfile ampere = MicrobenchmarkCase.require(p.devices().get("ampere"), "ampere");
        return p.with("ampere", RecordFields.with(ampere, Map.of("gemm_quantised", ampere.gemm())));
    }

    /** What a device sustains in a step is its own. */
    private static GemmCurve curve(GemmCurve parent, GemmCurve heir) {
        return RecordFields.with(parent, Map.of("sustained", heir.sustained()));
    }
}
