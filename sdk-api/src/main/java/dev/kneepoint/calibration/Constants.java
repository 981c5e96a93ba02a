package dev.kneepoint.calibration;

import com.google.common.collect.ImmutableList;
import dev.kneepoint.internal.json.JsonFiles;
import dev.kneepoint.internal.json.JsonValue;
import dev.kneepoint.profile.ProfileSet;
import java.util.List;

/** The constants that {@code fit-profiles} fits, from {@code constants.json}. */
final class Constants {
    private Constants() {}

    static List<Constant> shipped() {
        return read(JsonFiles.resource(Constants.class, "constants.json"));
    }

    static List<Constant> read(JsonValue file) {
        return file.get("fitted").list().stream()
                .map(v -> v.build(() -> new Constant(
                        v.text("name"),
                        v.text("unit"),
                        v.text("meaning"),
                        v.number("prior"),
                        v.number("sigma"),
                        v.number("low"),
                        v.number("high"),
                        v.text("source"))))
                .collect(ImmutableList.toImmutableList());
    }

    /** The profiles with every constant at its prior. */
    static ProfileSet atPriors(ProfileSet profiles, List<Constant> constants) {
        ProfileSet set = profiles;
        for (Constant c : constants) {
            set = set.with(c.name(), c.prior());
        }
        return set;
    }

    static ProfileSet at(ProfileSet profiles, List<Constant> constants, double[] deviations) {
        ProfileSet set = profiles;
        for (int i = 0; i < deviations.length; i++) {
            set = set.with(constants.get(i).name(), constants.get(i).at(deviations[i]));
        }
        return set;
    }
}
