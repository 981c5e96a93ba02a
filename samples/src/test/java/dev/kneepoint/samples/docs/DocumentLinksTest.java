package dev.kneepoint.samples.docs;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Every link of the documents to a file of this repository, or to a heading, leads somewhere. */
class DocumentLinksTest {
    private static final Path ROOT = Path.of("..");
    private static final Pattern LINK = Pattern.compile("\\]\\(([^)\\s]+)\\)");
    private static final Pattern CODE = Pattern.compile("`[^`]*`");
    private static final Pattern ELSEWHERE = Pattern.compile("[a-z]+:.*");

    /** A document's text without what stands in code, and its headings as anchors. */
    private record Page(List<String> lines, Set<String> anchors) {
        static Page read(Path file) {
            List<String> lines = new ArrayList<>();
            Set<String> anchors = new HashSet<>();
            Map<String, Integer> seen = new HashMap<>();
            boolean code = false;
            for (String line : lines(file)) {
                boolean fence = line.strip().startsWith("```");
                code ^= fence;
                boolean text = !code && !fence;
                lines.add(text ? CODE.matcher(line).replaceAll("") : "");
                if (text && line.startsWith("#")) {
                    String anchor = anchor(line);
                    int before = seen.merge(anchor, 1, Integer::sum) - 1;
                    anchors.add(before == 0 ? anchor : anchor + "-" + before);
                }
            }
            return new Page(lines, anchors);
        }

        /** As GitHub makes it: letters, digits, hyphens and underscores, a hyphen for each blank. */
        private static String anchor(String heading) {
            return heading.replaceFirst("^#+\\s*", "")
                    .strip()
                    .toLowerCase(Locale.ROOT)
                    .replaceAll("[^\\p{L}\\p{N} _-]", "")
                    .replace(' ', '-');
        }

        private static List<String> lines(Path file) {
            try {
                return Files.readAllLines(file);
            } catch (IOException e) {
                throw new AssertionError(e);
            }
        }
    }

    private static List<Path> documents(Path root) throws IOException {
        List<Path> out = new ArrayList<>();
        try (Stream<Path> top = Files.list(root)) {
            top.filter(DocumentLinksTest::isDocument).forEach(out::add);
        }
        for (String folder : List.of("docs", "gpu-check")) {
            if (Files.isDirectory(root.resolve(folder))) {
                try (Stream<Path> all = Files.walk(root.resolve(folder))) {
                    all.filter(DocumentLinksTest::isDocument)
                            .filter(p -> !p.toString().contains("target"))
                            .forEach(out::add);
                }
            }
        }
        return out;
    }

    private static boolean isDocument(Path file) {
        return file.toString().endsWith(".md");
    }

    /** Links that lead nowhere, each with its place. */
    private static List<String> broken(Path root) throws IOException {
        Map<Path, Page> pages = new HashMap<>();
        List<String> out = new ArrayList<>();
        for (Path document : documents(root)) {
            Page page = pages.computeIfAbsent(document.normalize(), Page::read);
            for (int i = 0; i < page.lines().size(); i++) {
                for (MatchResult link :
                        LINK.matcher(page.lines().get(i)).results().toList()) {
                    if (!leads(document, link.group(1), pages)) {
                        out.add(root.relativize(document) + ":" + (i + 1) + ": " + link.group(1));
                    }
                }
            }
        }
        return out;
    }

    private static boolean leads(Path from, String link, Map<Path, Page> pages) {
        if (ELSEWHERE.matcher(link).matches()) {
            return true;
        }
        int hash = link.indexOf('#');
        String file = hash < 0 ? link : link.substring(0, hash);
        Path to = file.isEmpty() ? from : from.resolveSibling(file);
        if (!Files.exists(to)) {
            return false;
        }
        return hash < 0
                || pages.computeIfAbsent(to.normalize(), Page::read).anchors().contains(link.substring(hash + 1));
    }

    @Test
    void linksOfTheDocuments_leadSomewhere() throws IOException {
        assertThat(documents(ROOT).stream().map(p -> ROOT.relativize(p).toString()))
                .contains("README.md", "docs/cuda.md", "docs/validation/index.md", "gpu-check/README.md");
        assertThat(broken(ROOT)).isEmpty();
    }

    @Test
    void linksThatLeadNowhere_areFound(@TempDir Path root) throws IOException {
        Files.createDirectories(root.resolve("docs"));
        Files.writeString(root.resolve("README.md"), """
                # One `device` for all
                [file](docs/there.md) [heading](docs/there.md#its-part) [own](#one-device-for-all) [far](https://a.b/c)
                [no file](docs/gone.md) [no heading](docs/there.md#part) [no own](#two)
                `[in code](gone.md)`
                """);
        Files.writeString(root.resolve("docs/there.md"), """
                ## Its part
                ```
                # no heading, [no link](gone.md)
                ```
                [from here](../README.md) [not from here](README.md) [in code](#no-heading-no-link)
                """);
        assertThat(broken(root))
                .containsExactly(
                        "README.md:3: docs/gone.md",
                        "README.md:3: docs/there.md#part",
                        "README.md:3: #two",
                        "docs/there.md:5: README.md",
                        "docs/there.md:5: #no-heading-no-link");
    }
}
