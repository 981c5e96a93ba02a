package dev.kneepoint.internal.json;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Whatever a file holds, the reader answers with a value or with one error that says where. */
class JsonFilesTest {
    @TempDir
    private Path folder;

    @Test
    void valuesKnowWhereTheyStand() throws IOException {
        JsonValue v = read("{\"a\": 1.5,\n \"b\": [true,\n \"x\"], \"c\": null}");
        assertThat(v.number("a")).isEqualTo(1.5);
        assertThat(v.has("c")).isFalse();
        assertThat(v.get("b").list().get(0).bool()).isTrue();
        assertThat(v.get("b").list().get(1).error("is wrong").getMessage())
                .isEqualTo(file() + ", line 3: field 'b[1]': is wrong");
        assertThat(v.text("d", "e")).isEqualTo("e");
        assertThat(v.integer("d", 7)).isEqualTo(7);
        assertThat(v.bool("d", true)).isTrue();
        assertThat(v.optionalNumber("d")).isEmpty();
        assertThat(v.get("b").isList()).isTrue();
    }

    /** A null field is as if left out, but a position in a list counts its nulls. */
    @Test
    void nullsInListsAreNoValues() throws IOException {
        JsonValue v = read("{\"b\": [1,\n null, 2]}");
        assertThat(v.get("b").list()).hasSize(3);
        assertThatThrownBy(() -> v.get("b").list().get(1).number())
                .hasMessage(file() + ", line 2: field 'b[1]': must be a number, not null");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "'{\"a\": 1' | line 1",
                "'{\"a\": ' | line 1",
                "'{\"a\"' | line 1",
                "'{' | line 1",
                "'[1, 2' | line 1",
                "'{\"a\": \"te' | line 1",
                "'{\"a\": 1}}' | line 1",
                "'{\"a\": 1} x' | line 1",
                "'{a: 1}' | line 1",
                "'{\"a\": NaN}' | line 1",
                "'{\"a\": 01}' | line 1",
                "'{\"a\": 1,}' | line 1",
                "'nul' | line 1",
                "'{\"a\": \"\\q\"}' | line 1",
            })
    void brokenTextIsRefusedWithItsLine(String json, String where) {
        assertThatThrownBy(() -> read(json))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith(file() + ", " + where + ": is not JSON: ");
    }

    @Test
    void moreThanOneValueIsRefused() {
        refused("{}\n{}", ", line 2: there is more after the end of the JSON value");
        refused("1 2", ", line 1: there is more after the end of the JSON value");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", " ", "\n\n\t "})
    void emptyFilesAreRefused(String json) {
        refused(json, ": is empty");
    }

    @Test
    void aLoneNullIsNoObject() throws IOException {
        JsonValue v = read("null");
        assertThatThrownBy(v::object).hasMessage(file() + ", line 1: must be an object, not null");
    }

    @Test
    void fieldsGivenTwiceAreRefused() {
        refused("{\"a\": 1,\n\"a\": 2}", ", line 2: is not JSON: Duplicate field 'a'");
        refused("{\"x\": {\"a\": 1,\n\"a\": null}}", ", line 2: is not JSON: Duplicate field 'a'");
    }

    @ParameterizedTest
    @ValueSource(strings = {"[", "{\"a\":"})
    void deepNestingIsRefused(String open) {
        assertThatThrownBy(() -> read(open.repeat(100_000)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith(file() + ", line 1: is not JSON: Document nesting depth (65) exceeds");
    }

    @Test
    void nestingIsNamedWithTheLineWhereItIsTooDeep() {
        assertThatThrownBy(() -> read("[\n".repeat(70)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith(file() + ", line 65: ");
    }

    @Test
    void hugeFilesAreRefusedUnread() throws IOException {
        try (RandomAccessFile sparse = new RandomAccessFile(file().toFile(), "rw")) {
            sparse.setLength(100_000_000);
        }
        assertThatThrownBy(() -> JsonFiles.read(file()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(file() + ": has 100 MB; a description has at most 16 MB");
    }

    @Test
    void foldersAndMissingFilesAreRefused() {
        assertThatThrownBy(() -> JsonFiles.read(folder)).hasMessage(folder + ": there is no such file");
        assertThatThrownBy(() -> JsonFiles.read(file())).hasMessage(file() + ": there is no such file");
    }

    @Test
    void numbersBeyondADoubleAreRefused() throws IOException {
        JsonValue v = read("{\"a\":\n1e400, \"b\": 1e10, \"c\": " + "9".repeat(900) + "}");
        assertThatThrownBy(() -> v.number("a"))
                .hasMessage(file() + ", line 2: field 'a': must be a finite number below 1.8e308");
        assertThatThrownBy(() -> v.integer("c")).hasMessageContaining("field 'c': must be a finite number");
        assertThatThrownBy(() -> v.integer("b")).hasMessageContaining("must be a whole number below 2^31, not 1.0E10");
        refused("{\"a\": " + "9".repeat(100_000) + "}", ", line 1: is not JSON: Number value length");
    }

    @Test
    void longTextsAreShortenedInErrors() throws IOException {
        JsonValue v = read("{\"a\": \"" + "x".repeat(1000) + "\"}");
        assertThatThrownBy(() -> v.number("a"))
                .hasMessage(file() + ", line 1: field 'a': must be a number, not the text '" + "x".repeat(40) + "…'");
    }

    @Test
    void longFieldNamesAreShortenedInErrors() {
        assertThatThrownBy(() -> read("{\"" + "y".repeat(40_000) + "\": 1}").allow(Set.of("a")))
                .isInstanceOf(IllegalArgumentException.class)
                .satisfies(e -> assertThat(e.getMessage()).hasSizeLessThan(400).endsWith("…': is unknown"));
    }

    /** Bytes at random, and good files with bytes changed at random. */
    @Test
    void noFileEndsInAnythingButAValueOrAnError() throws IOException {
        byte[] good =
                "{\"a\": [1, 2.5e3, true, {\"b\": \"te\\u00e9xt\"}],\n \"c\": {}}".getBytes(StandardCharsets.UTF_8);
        for (int seed = 0; seed < 2_000; seed++) {
            Random random = new Random(seed);
            byte[] bytes = good.clone();
            if (seed % 4 == 0) {
                bytes = new byte[random.nextInt(40)];
                random.nextBytes(bytes);
            } else {
                for (int n = random.nextInt(4); n >= 0; n--) {
                    bytes[random.nextInt(bytes.length)] = (byte) random.nextInt(256);
                }
            }
            Files.write(file(), bytes);
            try {
                JsonFiles.read(file());
            } catch (RuntimeException | Error e) {
                assertThat(e).as("seed " + seed).isInstanceOf(JsonInputException.class);
                assertThat(e.getMessage()).as("seed " + seed).startsWith(file().toString());
            }
        }
    }

    @Test
    void constructorsComplainAtTheFieldThatTheyName() throws IOException {
        JsonValue v = read("{\"a\": 1,\n\"top_k\": 3}");
        assertThatThrownBy(() -> v.build(() -> {
                    throw new IllegalArgumentException("topK must be even");
                }))
                .hasMessage(file() + ", line 2: field 'top_k': topK must be even");
        assertThatThrownBy(() -> v.build(() -> Math.multiplyExact(1 << 30, 4)))
                .hasMessage(file() + ", line 1: integer overflow");
    }

    @Test
    void suggestionsAreNear() {
        List<String> known = List.of("vocabulary", "layers", "hidden", "tp", "pp");
        assertThat(Suggest.near("vocabularly", known)).contains("vocabulary");
        assertThat(Suggest.near("Layer", known)).contains("layers");
        assertThat(Suggest.near("voc", known)).contains("vocabulary");
        assertThat(Suggest.near("tq", known)).contains("tp");
        assertThat(Suggest.near("xy", known)).isEmpty();
        assertThat(Suggest.near("", known)).isEmpty();
        assertThat(Suggest.near("zzzzzzzz", known)).isEmpty();
        List<String> many = IntStream.range(0, 1000).mapToObj(i -> "name-" + i).toList();
        assertThat(Suggest.near("n".repeat(1_000_000), many)).isEmpty();
    }

    private Path file() {
        return folder.resolve("x.json");
    }

    private JsonValue read(String json) throws IOException {
        return JsonFiles.read(Files.writeString(file(), json));
    }

    private void refused(String json, String message) {
        assertThatThrownBy(() -> read(json))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith(file() + message);
    }
}
