package dev.kneepoint.internal.csv;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CsvFilesTest {
    @TempDir
    private Path folder;

    @Test
    void read_quotedCells_followsRfc4180() throws IOException {
        Path file = write("id,note\r\n1,\"a, \"\"b\"\"\r\nc\"\r\n2,\r\n");

        assertThat(CsvFiles.read(file, List.of("id")))
                .containsExactly(Map.of("id", "1", "note", "a, \"b\"\r\nc"), Map.of("id", "2", "note", ""));
    }

    @Test
    void read_byteOrderMarkAndBlankLines_areLeftOut() throws IOException {
        assertThat(CsvFiles.read(write("\uFEFFid,x\n1,2\n\n3,4\n"), List.of("id")))
                .hasSize(2);
    }

    @Test
    void read_missingFile_namesIt() {
        assertThatThrownBy(() -> CsvFiles.read(folder.resolve("no.csv"), List.of()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageEndingWith("no.csv: there is no such file");
    }

    @Test
    void read_emptyFile_saysWhatIsExpected() throws IOException {
        Path file = write("");
        assertThatThrownBy(() -> CsvFiles.read(file, List.of()))
                .hasMessageContaining("first line must name the columns");
    }

    @Test
    void read_missingColumn_namesItAndTheOthers() throws IOException {
        Path file = write("id,source\n1,a\n");
        assertThatThrownBy(() -> CsvFiles.read(file, List.of("id", "gpus")))
                .hasMessageEndingWith("in.csv, line 1: the column 'gpus' is missing; there are [id, source]");
    }

    @Test
    void read_columnTwice_isRefused() throws IOException {
        Path file = write("id,id\n1,2\n");
        assertThatThrownBy(() -> CsvFiles.read(file, List.of()))
                .hasMessageContaining("line 1: names the column 'id' twice");
    }

    @Test
    void read_shortOrLongRow_namesItsLine() throws IOException {
        Path brief = write("a,b\n\"1\n1\",\"2\r\n2\"\n3\n");
        assertThatThrownBy(() -> CsvFiles.read(brief, List.of()))
                .hasMessageEndingWith("in.csv, line 5: has 1 cells, but the header names 2");
        Path wide = write("a,b\n1,2,3\n");
        assertThatThrownBy(() -> CsvFiles.read(wide, List.of()))
                .hasMessageEndingWith("in.csv, line 2: has 3 cells, but the header names 2");
    }

    @Test
    void read_openQuote_isNotCsv() throws IOException {
        Path file = write("a,b\n1,\"2\n");
        assertThatThrownBy(() -> CsvFiles.read(file, List.of()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("in.csv, line ")
                .hasMessageContaining("is not CSV");
    }

    @Test
    void read_otherEncoding_isRefused() throws IOException {
        Path file = folder.resolve("in.csv");
        Files.write(file, new byte[] {'a', '\n', (byte) 0xC3, '(', '\n'});
        assertThatThrownBy(() -> CsvFiles.read(file, List.of())).hasMessageEndingWith("in.csv: is not UTF-8 text");
    }

    private Path write(String text) throws IOException {
        return Files.writeString(folder.resolve("in.csv"), text);
    }
}
