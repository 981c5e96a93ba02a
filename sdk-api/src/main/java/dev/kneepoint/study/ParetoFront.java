package dev.kneepoint.study;

import com.google.common.collect.ImmutableList;
import dev.kneepoint.annotation.Incubating;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * Layouts of one or several sizes of which none is as good as another in throughput, memory, cost and energy per token,
 * and better in one of them. At one size the cost of a token is in proportion to the step time, so that it adds nothing
 * to throughput; between sizes it does, for more devices may be quicker and dearer. Immutable.
 *
 * @param members the highest throughput first
 */
@Incubating
public record ParetoFront(List<Member> members) {
    private static final Comparator<Member> ORDER = Comparator.comparingDouble(Member::tokensPerSecond)
            .reversed()
            .thenComparing(m -> m.search().devices())
            .thenComparing(Member::found, SearchObjective.THROUGHPUT.order());

    /** Copies the list. */
    public ParetoFront {
        members = ImmutableList.copyOf(members);
    }

    /**
     * A layout of the front.
     *
     * @param search the search that found it, which says how many devices it runs on
     * @param found the layout
     */
    public record Member(SearchResult search, FoundLayout found) {
        /**
         * Its throughput.
         *
         * @return tokens per second of all devices
         */
        public double tokensPerSecond() {
            return search.tokensPerSecond(found);
        }

        /**
         * Its memory.
         *
         * @return bytes of the fullest device
         */
        public double memoryBytes() {
            return found.memoryBytes();
        }

        /**
         * What its devices cost.
         *
         * @return US dollars per million tokens; 0 if the cluster has no price
         */
        public double usdPerMillionTokens() {
            return search.usdPerMillionTokens(found);
        }

        /**
         * Its energy.
         *
         * @return joules of all devices per token
         */
        public double joulesPerToken() {
            return found.joulesPerToken().orElseThrow();
        }

        private boolean isAsGoodAs(Member other) {
            return tokensPerSecond() >= other.tokensPerSecond()
                    && memoryBytes() <= other.memoryBytes()
                    && usdPerMillionTokens() <= other.usdPerMillionTokens()
                    && joulesPerToken() <= other.joulesPerToken();
        }
    }

    /**
     * The front over all sizes. What is not on the front of its own size is not on this one.
     *
     * @param searches searches of one workload at different sizes, each with {@link StrategySearchBuilder#pareto}
     * @return the front; of layouts that are equal in all figures it has the first, by fewer devices and then by name
     */
    public static ParetoFront of(List<SearchResult> searches) {
        List<Member> all = new ArrayList<>();
        for (SearchResult search : searches) {
            search.pareto().forEach(found -> all.add(new Member(search, found)));
        }
        all.sort(ORDER);
        List<Member> front = new ArrayList<>();
        for (Member member : all) {
            if (front.stream().noneMatch(f -> f.isAsGoodAs(member))) {
                front.add(member);
            }
        }
        return new ParetoFront(front);
    }
}
