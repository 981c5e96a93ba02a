package dev.kneepoint.calibration;

import java.util.LinkedHashMap;
import java.util.Map;

/** Measurements of a made-up source, changed cell by cell. */
final class Rows {
    private Rows() {}

    /** A 7B model on eight H100; {@code changes} are column, value, column, value … */
    static Measurement row(String... changes) {
        Map<String, String> c = new LinkedHashMap<>();
        for (String pair : ("id=r1 source=Somebody accelerator=H100-SXM5-80GB gpus=8 gpus_per_node=8 precision=bf16 "
                        + "model=Llama-2-7B layers=32 hidden=4096 heads=32 kv_heads=32 ffn_hidden=11008 glu=true "
                        + "vocab=32000 seq_len=4096 micro_batch=1 global_batch=64 dp_kind=ddp tp=1 pp=1 cp=1 "
                        + "activation_ckpt=none date=2024-06")
                .split(" ", -1)) {
            c.put(pair.substring(0, pair.indexOf('=')), pair.substring(pair.indexOf('=') + 1));
        }
        for (int i = 0; i < changes.length; i += 2) {
            c.put(changes[i], changes[i + 1]);
        }
        return new Measurement(c.getOrDefault("id", ""), c.getOrDefault("source", ""), c);
    }

    static Mapping.Mapped mapped(String... changes) {
        Mapping mapping = MeasurementMapper.map(row(changes));
        if (mapping instanceof Mapping.Mapped m) {
            return m;
        }
        throw new AssertionError(mapping);
    }

    static String skipped(String... changes) {
        Mapping mapping = MeasurementMapper.map(row(changes));
        if (mapping instanceof Mapping.Skipped s) {
            return s.reason();
        }
        throw new AssertionError(mapping);
    }
}
