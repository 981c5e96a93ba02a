package dev.kneepoint.backend.nccl;

import com.google.common.base.Splitter;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Slurm's short forms of lists. */
final class SlurmTexts {
    private static final Pattern COUNT = Pattern.compile("([0-9]{1,6})(?:\\(x([0-9]{1,6})\\))?");
    private static final Pattern HOST = Pattern.compile("[A-Za-z0-9._-]+");

    private SlurmTexts() {}

    /**
     * The first host of a list of nodes.
     *
     * @param nodes for example {@code gpu[003-010,12],login1}
     * @return for example {@code gpu003}; empty if it is no such list
     */
    static Optional<String> firstHost(String nodes) {
        StringBuilder host = new StringBuilder();
        int at = 0;
        while (at < nodes.length() && nodes.charAt(at) != ',') {
            if (nodes.charAt(at) != '[') {
                host.append(nodes.charAt(at++));
                continue;
            }
            int end = nodes.indexOf(']', at);
            if (end < 0) {
                return Optional.empty();
            }
            host.append(nodes.substring(at + 1, end).split("[,-]", -1)[0]);
            at = end + 1;
        }
        return Optional.of(host.toString()).filter(h -> HOST.matcher(h).matches());
    }

    /**
     * How many tasks run on a node.
     *
     * @param tasks the tasks of each node, for example {@code 8(x2),3}
     * @param node the node's number in the step, from 0
     * @return empty if it is no such list or has fewer nodes
     */
    static OptionalInt tasksOn(String tasks, int node) {
        int passed = 0;
        for (String entry : Splitter.on(',').split(tasks)) {
            Matcher matcher = COUNT.matcher(entry);
            if (!matcher.matches()) {
                return OptionalInt.empty();
            }
            passed +=
                    Optional.ofNullable(matcher.group(2)).map(Integer::parseInt).orElse(1);
            if (node < passed) {
                return OptionalInt.of(Integer.parseInt(matcher.group(1)));
            }
        }
        return OptionalInt.empty();
    }
}
