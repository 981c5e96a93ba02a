package dev.kneepoint.workload;

import com.google.common.collect.ImmutableSortedMap;
import dev.kneepoint.internal.json.JsonFiles;
import dev.kneepoint.internal.json.JsonValue;
import dev.kneepoint.internal.json.Suggest;
import java.nio.file.Path;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Published models by name. Shapes are those of the papers and released configurations: GPT-3 (arXiv 2005.14165),
 * Megatron 1.7B to 1T (arXiv 2104.04473, table 1), BLOOM (arXiv 2211.05100), Llama 2 (arXiv 2307.09288) and a 1B of its
 * family (TinyLlama's shape, arXiv 2401.02385), Llama 3 (arXiv 2407.21783), Mistral (arXiv 2310.06825), Mixtral (arXiv
 * 2401.04088 and the 8x22B release), Qwen3 (arXiv 2505.09388), DeepSeek-V3 (arXiv 2412.19437). {@code tiny} is a toy for
 * tests.
 */
public final class ModelCatalog {
    private static final class Holder {
        static final ImmutableSortedMap<String, TransformerModel> MODELS = load();
    }

    private ModelCatalog() {}

    /**
     * All models.
     *
     * @return by name, sorted
     */
    public static SortedMap<String, TransformerModel> all() {
        return Holder.MODELS;
    }

    /**
     * The model of a name.
     *
     * @param name a catalog name, for example {@code llama2-7b}
     * @return the model
     * @throws IllegalArgumentException if there is none, with the nearest name
     */
    public static TransformerModel get(String name) {
        TransformerModel found = all().get(name);
        if (found == null) {
            throw new IllegalArgumentException("unknown model '" + name + "'"
                    + Suggest.near(name, all().keySet())
                            .map(n -> "; did you mean '" + n + "'?")
                            .orElse("")
                    + " (`kneepoint models` lists them; a file ends in .json)");
        }
        return found;
    }

    /**
     * A catalog name, or a file of ours or a Hugging Face {@code config.json} if it ends in {@code .json}.
     *
     * @param nameOrFile a name or a path
     * @return the model
     * @throws IllegalArgumentException if the name is unknown or the file is wrong: file, line and field are named
     */
    public static TransformerModel resolve(String nameOrFile) {
        return nameOrFile.endsWith(".json") ? ModelFiles.read(Path.of(nameOrFile)) : get(nameOrFile);
    }

    private static ImmutableSortedMap<String, TransformerModel> load() {
        SortedMap<String, TransformerModel> models = new TreeMap<>();
        for (JsonValue v : JsonFiles.resource(ModelCatalog.class, "models.json").list()) {
            TransformerModel model = ModelFiles.parse(v);
            models.put(model.name(), model);
        }
        return ImmutableSortedMap.copyOf(models);
    }
}
