package dev.kneepoint.profile;

import com.google.common.base.Splitter;
import java.util.List;
import java.util.Locale;

/** Where a constant lives: which kind of profile, which of them, and which component. */
record ConstantName(Kind kind, String profile, RecordPath path) {
    private static final Splitter SLASH = Splitter.on('/');
    private static final Splitter BAR = Splitter.on('|');
    private static final String ALL = "*";

    enum Kind {
        DEVICE,
        NETWORK,
        STACK;

        String label() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    static ConstantName parse(String name) {
        List<String> parts = SLASH.splitToList(name);
        if (parts.size() == 3) {
            for (Kind kind : Kind.values()) {
                if (kind.label().equals(parts.get(0))) {
                    return new ConstantName(kind, parts.get(1), RecordPath.of(parts.get(2)));
                }
            }
        }
        throw new IllegalArgumentException(
                "'" + name + "' names no constant; it would read like stack/torch-fsdp/kernels.launchMicros");
    }

    /** A bar separates alternatives; one that ends in * covers all profiles that begin so. */
    boolean covers(String name) {
        return BAR.splitToStream(profile)
                .anyMatch(p -> p.endsWith(ALL) ? name.startsWith(p.substring(0, p.length() - 1)) : p.equals(name));
    }
}
