package dev.kneepoint.study;

import dev.kneepoint.cost.SharedStepCost;
import dev.kneepoint.strategy.Layout;
import dev.kneepoint.strategy.StrategyRegion;

/** One thread of a search. */
final class SearchWorker {
    private final StrategySearchBuilder settings;
    private final SearchFront front;
    private final SharedStepCost cost;
    private final SearchTally tally;
    private final double limit;

    SearchWorker(StrategySearchBuilder settings, SearchFront front) {
        this.settings = settings;
        this.front = front;
        this.cost = new SharedStepCost(settings.scenario);
        this.tally = new SearchTally(settings.objective, settings.top);
        this.limit = settings.maxMemory.value();
    }

    SearchTally run() {
        for (SearchFront.Task task = front.next(); task != null; task = front.next()) {
            for (StrategyRegion.Chunking chunking : task.region.chunkings(task.shape)) {
                if (front.stopped()) {
                    return tally;
                }
                chunking(task, chunking);
            }
            front.found(tally.worst(), tally.quickest());
        }
        return tally;
    }

    private void chunking(SearchFront.Task task, StrategyRegion.Chunking chunking) {
        double longest = Math.min(front.longest(), Math.max(tally.worst(), tally.quickest() * SearchResult.FRONT));
        double least = task.least;
        if (front.bounds() && least <= longest) {
            least = cost.least(SearchFront.leanest(task, chunking));
        }
        if (least > longest) {
            tally.pruned(task.region.sharings().size());
        } else {
            evaluate(task, chunking, least);
        }
    }

    private void evaluate(SearchFront.Task task, StrategyRegion.Chunking chunking, double least) {
        for (StrategyRegion.Sharing sharing : task.region.sharings()) {
            Layout layout = task.region.layout(task.shape, chunking, sharing);
            double bytes = cost.memoryBytes(layout);
            boolean fits = bytes <= limit;
            boolean smallest = tally.isSmallest(bytes);
            if (settings.prune && !smallest && (!fits || tally.beats(least, bytes))) {
                tally.pruned(1);
                if (!fits) {
                    tally.unfit();
                }
                continue;
            }
            double seconds = cost.seconds(layout);
            tally.evaluated(fits);
            FoundLayout found = new FoundLayout(layout, seconds, bytes);
            if (smallest) {
                tally.smallest(found);
            }
            if (fits) {
                settings.consumer.accept(found);
                if (tally.wants(seconds, bytes)) {
                    tally.add(found);
                }
            }
        }
    }
}
