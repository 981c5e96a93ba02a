package dev.kneepoint.calibration;

import dev.kneepoint.profile.ProfileSet;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;

/** Predicts a family of sources that the profiles have not seen, after calibration on a few of its small runs. */
final class FewPoints {
    private static final long SEED = 20_261_125;

    private final List<FitRow> family;
    private final ProfileSet profiles;
    private final int points;
    private final int fitUpTo;

    FewPoints(List<FitRow> family, ProfileSet profiles, int points, int fitUpTo) {
        this.family = family;
        this.profiles = profiles;
        this.points = points;
        this.fitUpTo = fitUpTo;
    }

    List<HeldOutResidual> draw(int number) {
        List<FitRow> small = new ArrayList<>(family.stream()
                .filter(r -> r.mapped().layout().devices() <= fitUpTo)
                .toList());
        Collections.shuffle(small, new Random(SEED + number));
        Set<FitRow> shown = small.size() > points ? new HashSet<>(small.subList(0, points)) : Set.of();
        Map<String, FamilyCalibration.Calibrated> predicted = FamilyCalibration.predictFamily(family, shown, profiles);
        List<HeldOutResidual> out = new ArrayList<>();
        for (FitRow row : family) {
            FamilyCalibration.Calibrated c = predicted.get(row.measurement().id());
            if (c != null && !shown.contains(row)) {
                out.add(ProfileCalibration.residual(row, c.seconds()));
            }
        }
        return out;
    }
}
