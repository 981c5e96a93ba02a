package dev.kneepoint.samples.report;

import com.google.common.collect.ImmutableList;
import com.samskivert.mustache.Escapers;
import com.samskivert.mustache.Mustache;
import com.samskivert.mustache.Template;
import java.io.IOException;
import java.io.StringReader;
import java.util.List;

/** What our pages have in common: templates, and a policy by which only what is inlined runs. */
final class Pages {
    // Every attribute in the templates is quoted, so '=' and the like may stay readable.
    private static final Mustache.Escaper ESCAPER = Escapers.simple(
            new String[] {"&", "&amp;"},
            new String[] {"<", "&lt;"},
            new String[] {">", "&gt;"},
            new String[] {"\"", "&quot;"},
            new String[] {"'", "&#39;"});

    private Pages() {}

    static List<String> styles() throws IOException {
        return ImmutableList.of(Assets.plotStyle(), Assets.style("report.css"));
    }

    /** uPlot, the named scripts after those that every page needs. */
    static List<String> scripts(String... more) throws IOException {
        ImmutableList.Builder<String> all = ImmutableList.builder();
        all.add(Assets.plotScript(), Assets.script("charts.js"), Assets.script("report.js"));
        for (String name : more) {
            all.add(Assets.script(name));
        }
        return all.build();
    }

    /** Only our own scripts and styles run, and nothing is loaded, whatever text a page holds. */
    static String policy(List<String> styles, List<String> scripts) {
        return "default-src 'none'; base-uri 'none'; form-action 'none'; style-src" + hashes(styles) + "; script-src"
                + hashes(scripts);
    }

    private static String hashes(List<String> texts) {
        StringBuilder all = new StringBuilder();
        texts.forEach(t -> all.append(' ').append(Assets.hash(t)));
        return all.toString();
    }

    static Template template(String name) throws IOException {
        return Mustache.compiler()
                .withEscaper(ESCAPER)
                .emptyStringIsFalse(true)
                .zeroIsFalse(true)
                .withLoader(part -> new StringReader(Assets.own(part + ".html")))
                .compile(Assets.own(name));
    }
}
