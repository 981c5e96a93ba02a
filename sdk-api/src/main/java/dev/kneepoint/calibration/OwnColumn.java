package dev.kneepoint.calibration;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** The columns of a user's own measurements: what each is called in whose logs. */
enum OwnColumn {
    DEVICES("devices", "gpus", "n_gpus", "num_gpus", "n_devices", "num_devices", "world_size", "ranks", "chips"),
    STEP_SECONDS("step_time_s", "step_time_sec", "step_time_seconds", "step_s", "seconds_per_step", "iteration_time_s"),
    STEP_MILLIS(
            "step_time_ms", "step_ms", "ms_per_step", "ms_step", "iteration_time_ms", "elapsed_time_per_iteration_ms"),
    TOKENS_PER_SECOND("tokens_per_s", "tokens_per_sec", "tokens_per_second", "tokens_s", "tok_s"),
    TOKENS_PER_SECOND_PER_DEVICE(
            "tokens_per_s_per_gpu",
            "tokens_per_s_per_device",
            "tokens_per_sec_per_gpu",
            "tokens_per_second_per_gpu",
            "tokens_s_gpu",
            "tok_s_gpu"),
    GLOBAL_BATCH("global_batch", "global_batch_size", "gbs"),
    LOCAL_BATCH("local_batch", "local_batch_size", "batch_per_device"),
    MICRO_BATCH("micro_batch", "micro_batch_size", "mbs"),
    SEQUENCE("seq_len", "seq", "sequence_length", "seq_length", "context_length"),
    DATA_KIND("dp_kind", "data_parallel", "sharding"),
    TENSOR("tp", "tensor", "tensor_parallel"),
    PIPELINE("pp", "pipeline", "pipeline_parallel"),
    VIRTUAL("vpp", "virtual_stages"),
    CONTEXT("cp", "context", "context_parallel"),
    EXPERT("ep", "expert", "expert_parallel"),
    PRECISION("precision", "dtype"),
    MODEL("model"),
    RECOMPUTE("activation_ckpt", "recompute", "activation_checkpointing");

    private final ImmutableList<String> names;

    OwnColumn(String... names) {
        this.names = ImmutableList.copyOf(names);
    }

    /** The name that an error suggests. */
    String preferred() {
        return names.get(0);
    }

    /** How a header reads when case and punctuation do not count. */
    static String plain(String header) {
        return header.toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9]+", "_").replaceAll("^_|_$", "");
    }

    static Optional<OwnColumn> of(String header) {
        String plain = plain(header);
        for (OwnColumn c : values()) {
            if (c.names.contains(plain)) {
                return Optional.of(c);
            }
        }
        return Optional.empty();
    }

    /** Which header means which column. */
    static Map<OwnColumn, String> match(Iterable<String> headers, String where) {
        ImmutableMap.Builder<OwnColumn, String> out = ImmutableMap.builder();
        List<OwnColumn> seen = new ArrayList<>();
        for (String header : headers) {
            Optional<OwnColumn> column = of(header);
            if (column.isPresent()) {
                if (seen.contains(column.get())) {
                    throw new IllegalArgumentException(where + ": two columns mean "
                            + column.get().preferred() + ", one of them '" + header + "'; keep one");
                }
                seen.add(column.get());
                out.put(column.get(), header);
            }
        }
        return out.buildOrThrow();
    }
}
