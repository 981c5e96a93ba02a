package dev.kneepoint.samples.validation;

import dev.kneepoint.calibration.Measurement;
import dev.kneepoint.calibration.Validation;
import dev.kneepoint.calibration.ValidationResult;
import dev.kneepoint.calibration.ValidationRow;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Made-up published runs of a 7B model. */
final class RunsFile {
    private static final String DEFAULTS = "source=Somebody accelerator=H100-SXM5-80GB gpus=8 gpus_per_node=8"
            + " precision=bf16 model=7B layers=32 hidden=4096 heads=32 kv_heads=32 ffn_hidden=11008 glu=true vocab=32000"
            + " seq_len=4096 micro_batch=1 global_batch=64 dp_kind=fsdp tp=1 pp=1 activation_ckpt=none date=2024-06";

    private RunsFile() {}

    /** {@code changes} are column=value. */
    static ValidationRow row(String id, double seconds, String... changes) {
        Map<String, String> columns = new LinkedHashMap<>();
        columns.put("id", id);
        columns.put("step_time_s", String.valueOf(seconds));
        List<String> pairs = new ArrayList<>(List.of(DEFAULTS.split(" ", -1)));
        pairs.addAll(List.of(changes));
        pairs.forEach(p -> columns.put(p.substring(0, p.indexOf('=')), p.substring(p.indexOf('=') + 1)));
        return Validation.row(new Measurement(id, columns.getOrDefault("source", ""), columns));
    }

    /** Two families, several sizes, a row of a device that is not judged, a skipped one and a suspect one. */
    static ValidationResult result() {
        List<ValidationRow> rows = new ArrayList<>();
        for (int i = 0; i < 12; i++) {
            rows.add(row("a" + i, 3.3 + 0.1 * i, "source=Alpha | recipes (v24.1)", "model=Model <A>"));
        }
        for (int gpus = 8; gpus <= 64; gpus *= 2) {
            rows.add(row("b" + gpus, 26.0 / gpus, "source=Beta report", "gpus=" + gpus));
        }
        rows.add(row("mi", 3, "accelerator=MI300X"));
        rows.add(row("odd", 3, "tp=3"));
        rows.add(row("nt-3b-n8-dp16-tp1-pp4-z0-mb1-ga16", 30, "source=Gamma"));
        return new ValidationResult(rows);
    }
}
