package dev.kneepoint.report;

import dev.kneepoint.annotation.Incubating;
import dev.kneepoint.internal.json.JsonOut;
import dev.kneepoint.metrics.TimeClass;
import dev.kneepoint.profile.Scenario;
import dev.kneepoint.study.FoundLayout;
import dev.kneepoint.study.ParetoFront;
import dev.kneepoint.study.SearchExplanation;
import dev.kneepoint.study.SearchObstacle;
import dev.kneepoint.study.SearchResult;
import dev.kneepoint.study.SearchRobustness;
import java.io.Writer;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * Writes searches as {@code kneepoint.search/1}: sums over all sizes, the best of the largest size at the top, and every
 * size under {@code sizes}.
 */
@Incubating
public final class SearchJson {
    /** Name and version of the format. */
    public static final String SCHEMA = "kneepoint.search/1";

    private SearchJson() {}

    /**
     * A search and why its winner wins.
     *
     * @param result the search
     * @param explanation the reasons; empty if nothing fits
     * @param obstacle what stands against every layout; empty if something fits
     * @param robustness what the best layouts may lose because profiles are not exact; empty if not asked for
     */
    public record Size(
            SearchResult result,
            Optional<SearchExplanation> explanation,
            Optional<SearchObstacle> obstacle,
            Optional<SearchRobustness> robustness) {}

    /**
     * Writes searches of one workload.
     *
     * @param sizes at least one, by ascending size
     * @param out where to; not closed
     */
    public static void write(List<Size> sizes, Writer out) {
        SearchResult last = sizes.get(sizes.size() - 1).result();
        try (JsonOut json = new JsonOut(out, true)) {
            json.object()
                    .field("schema", SCHEMA)
                    .field(
                            "space",
                            sizes.stream().mapToLong(s -> s.result().space()).sum())
                    .field(
                            "evaluated",
                            sizes.stream()
                                    .mapToLong(s -> s.result().evaluated())
                                    .sum())
                    .field(
                            "pruned",
                            sizes.stream().mapToLong(s -> s.result().pruned()).sum())
                    .field(
                            "elapsed_s",
                            sizes.stream()
                                    .mapToDouble(s -> s.result().seconds())
                                    .sum())
                    .field("threads", (long) last.threads())
                    .field("complete", sizes.stream().allMatch(s -> s.result().complete()));
            scenario(json, last);
            found(json, "best", last, last.best());
            pareto(json, sizes);
            json.list("sizes");
            for (Size s : sizes) {
                size(json, s);
            }
            json.endList().end();
        }
    }

    private static void scenario(JsonOut json, SearchResult r) {
        Scenario s = r.scenario();
        json.object("scenario")
                .field("model", s.workload().model().name())
                .field("cluster", s.cluster().name())
                .field("stack", s.stack().name())
                .field("hardware", s.hardware().name())
                .field("precision", s.workload().precision().label())
                .field("sequence_length", (long) s.workload().sequenceLength())
                .field("price_usd_per_device_hour", s.cluster().pricePerDeviceHour())
                .field("objective", r.objective().label())
                .field("max_memory_bytes", r.limitBytes())
                .end();
    }

    private static void size(JsonOut json, Size size) {
        SearchResult r = size.result();
        json.object()
                .field("devices", (long) r.devices())
                .field("global_batch", (long) r.scenario().workload().globalBatch())
                .field("space", r.space())
                .field("evaluated", r.evaluated())
                .field("pruned", r.pruned())
                .field("elapsed_s", r.seconds())
                .field("ties", (long) r.ties().size());
        found(json, "best", r, r.best());
        found(json, "front", r, r.front());
        r.smallest().ifPresent(f -> found(json, "smallest", r, List.of(f)));
        size.robustness().ifPresent(x -> robustness(json, x));
        size.explanation().ifPresent(e -> explanation(json, e));
        size.obstacle().ifPresent(o -> obstacle(json, r, o));
        json.end();
    }

    private static void pareto(JsonOut json, List<Size> sizes) {
        List<ParetoFront.Member> members =
                ParetoFront.of(sizes.stream().map(Size::result).toList()).members();
        if (members.isEmpty()) {
            return;
        }
        json.list("pareto");
        for (ParetoFront.Member m : members) {
            json.object().field("devices", (long) m.search().devices());
            figures(json, m.search(), m.found());
            json.end();
        }
        json.endList();
    }

    private static void found(JsonOut json, String name, SearchResult r, List<FoundLayout> list) {
        json.list(name);
        for (FoundLayout f : list) {
            json.object();
            figures(json, r, f);
            json.end();
        }
        json.endList();
    }

    private static void figures(JsonOut json, SearchResult r, FoundLayout f) {
        json.field("strategy", f.layout().strategy().spec())
                .field("step_time_s", f.seconds())
                .field("mfu", r.mfu(f))
                .field("tokens_per_s", r.tokensPerSecond(f))
                .field("memory_bytes", f.memoryBytes())
                .field("usd_per_million_tokens", r.usdPerMillionTokens(f));
        f.joulesPerToken().ifPresent(joules -> json.field("joules_per_token", joules));
    }

    private static void robustness(JsonOut json, SearchRobustness x) {
        json.object("robust")
                .field("draws", (long) x.draws())
                .field("choice", x.choice().found().layout().strategy().spec())
                .list("layouts");
        for (SearchRobustness.Judged j : x.layouts()) {
            json.object()
                    .field("strategy", j.found().layout().strategy().spec())
                    .field("step_time_s", j.found().seconds())
                    .field("expected_regret", j.expectedRegret())
                    .field("worst_regret", j.worstRegret())
                    .end();
        }
        json.endList().end();
    }

    private static void obstacle(JsonOut json, SearchResult r, SearchObstacle o) {
        json.object("obstacle").field("limit", o.limit().label()).field("reason", o.reason());
        o.memory().ifPresent(use -> {
            json.field("excess_bytes", o.excessBytes(r));
            json.object("needed_bytes");
            RunJson.parts(json, use);
            json.end();
        });
        json.list("remedies");
        for (SearchObstacle.Remedy remedy : o.remedies()) {
            json.object()
                    .field("change", remedy.change().label())
                    .field("to", remedy.to())
                    .field("strategy", remedy.layout().layout().strategy().spec())
                    .field("memory_bytes", remedy.layout().memoryBytes())
                    .end();
        }
        json.endList().end();
    }

    private static void explanation(JsonOut json, SearchExplanation e) {
        json.object("explanation").field("limiter", e.limiter());
        step(json, "winner", e.winner());
        e.runnerUp().ifPresent(x -> step(json, "runner_up", x));
        e.plain().ifPresent(x -> step(json, "plain_fsdp", x));
        json.list("gains");
        for (SearchExplanation.Gain g : e.gains()) {
            json.object()
                    .field("change", g.change().part().label())
                    .field("factor", g.change().factor())
                    .field("step_time_s", g.seconds())
                    .field("speedup", g.speedup())
                    .end();
        }
        json.endList().end();
    }

    private static void step(JsonOut json, String name, SearchExplanation.Explained x) {
        json.object(name)
                .field("strategy", x.layout().strategy().spec())
                .field("step_time_s", x.metrics().stepTime().value());
        x.metrics().energy().ifPresent(e -> json.field("joules_per_token", e.joulesPerToken()));
        json.object("parts_s");
        for (TimeClass c : TimeClass.values()) {
            json.field(
                    c.name().toLowerCase(Locale.ROOT), x.metrics().meanParts().of(c));
        }
        json.end().end();
    }
}
