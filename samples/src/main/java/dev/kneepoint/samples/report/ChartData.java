package dev.kneepoint.samples.report;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.kneepoint.analysis.KneeResult;
import dev.kneepoint.metrics.TimeClass;
import dev.kneepoint.study.StudyPoint;
import dev.kneepoint.study.StudyResult;
import dev.kneepoint.study.StudySeries;
import java.util.List;
import java.util.Locale;
import java.util.OptionalDouble;

/** The figures that the charts draw, as JSON that is safe inside a script element. */
final class ChartData {
    private static final ObjectMapper JSON = new ObjectMapper();

    private ChartData() {}

    static String json(List<StudyResult> studies) {
        ArrayNode all = JSON.createArrayNode();
        studies.forEach(s -> all.add(study(s)));
        return scriptSafe(all.toString());
    }

    /** These characters occur in JSON only inside strings, where the escape means the same. */
    static String scriptSafe(String json) {
        return json.replace("<", "\\u003c")
                .replace(">", "\\u003e")
                .replace("&", "\\u0026")
                .replace("\u2028", "\\u2028")
                .replace("\u2029", "\\u2029");
    }

    /** Best tokens per second and device at the smallest size that any series ran at; 0 if none ran. */
    static double idealPerDevice(StudyResult study) {
        List<StudyPoint.Ran> ran =
                study.series().stream().flatMap(s -> s.ran().stream()).toList();
        int smallest = ran.stream().mapToInt(StudyPoint.Ran::devices).min().orElse(0);
        return ran.stream()
                .filter(p -> p.devices() == smallest)
                .mapToDouble(p -> p.metrics().tokensPerSecondPerDevice())
                .max()
                .orElse(0);
    }

    /** Every size of any series, ascending. */
    static List<Integer> sizes(StudyResult study) {
        return study.series().stream()
                .flatMap(s -> s.points().stream())
                .map(StudyPoint::devices)
                .distinct()
                .sorted()
                .toList();
    }

    private static ObjectNode study(StudyResult study) {
        List<Integer> sizes = sizes(study);
        ObjectNode node = JSON.createObjectNode();
        ArrayNode devices = node.putArray("sizes");
        sizes.forEach(devices::add);
        node.put("idealPerDevice", idealPerDevice(study));
        ArrayNode series = node.putArray("series");
        study.series().forEach(s -> series.add(series(s, sizes)));
        return node;
    }

    private static ObjectNode series(StudySeries series, List<Integer> sizes) {
        ObjectNode node = JSON.createObjectNode();
        node.put("name", series.name());
        if (series.knee() instanceof KneeResult.At at) {
            node.put("knee", at.devices());
        }
        for (Chart c : Chart.values()) {
            node.putArray(c.name().toLowerCase(Locale.ROOT));
        }
        ArrayNode parts = node.putArray("parts");
        ArrayNode why = node.putArray("why");
        for (int size : sizes) {
            StudyPoint point = series.points().stream()
                    .filter(p -> p.devices() == size)
                    .findFirst()
                    .orElseGet(() -> new StudyPoint.CannotRun(size, "not studied"));
            addFigures(node, point);
            switch (point) {
                case StudyPoint.Ran r -> {
                    ArrayNode shares = parts.addArray();
                    for (TimeClass c : TimeClass.values()) {
                        shares.add(Chart.share(r.metrics(), c));
                    }
                    why.addNull();
                }
                case StudyPoint.CannotRun c -> {
                    parts.addNull();
                    why.add(c.reason());
                }
            }
        }
        return node;
    }

    private static void addFigures(ObjectNode node, StudyPoint point) {
        for (Chart c : Chart.values()) {
            OptionalDouble value = point instanceof StudyPoint.Ran r ? c.of(r.metrics()) : OptionalDouble.empty();
            ArrayNode figures = (ArrayNode) node.get(c.name().toLowerCase(Locale.ROOT));
            if (value.isPresent()) {
                figures.add(value.getAsDouble());
            } else {
                figures.addNull();
            }
        }
    }
}
