package dev.kneepoint.backend.nccl;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Random;
import org.junit.jupiter.api.Test;

class NcclUniqueIdTest {
    private static byte[] random() {
        byte[] bytes = new byte[NcclUniqueId.BYTES];
        new Random(20261203).nextBytes(bytes);
        return bytes;
    }

    @Test
    void bytes_goToNativeMemoryAndBack() {
        NcclUniqueId id = NcclUniqueId.of(random());
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment memory = arena.allocate(NcclUniqueId.BYTES);
            id.write(memory);
            assertThat(NcclUniqueId.read(memory)).isEqualTo(id).hasSameHashCodeAs(id);
        }
        assertThat(id.bytes()).isEqualTo(random());
    }

    @Test
    void bytes_areCopies() {
        byte[] bytes = random();
        NcclUniqueId id = NcclUniqueId.of(bytes);
        bytes[0]++;
        id.bytes()[1]++;
        assertThat(id).isEqualTo(NcclUniqueId.of(random()));
    }

    @Test
    void text_isNoSecret() {
        assertThat(NcclUniqueId.of(random())).hasToString("a unique id of NCCL");
    }

    @Test
    void otherSizes_areRefused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> NcclUniqueId.of(new byte[127]))
                .withMessage("a unique id of NCCL has 128 bytes, not 127");
    }
}
