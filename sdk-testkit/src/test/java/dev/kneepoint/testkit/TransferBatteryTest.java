package dev.kneepoint.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.kneepoint.metrics.Provenance;
import dev.kneepoint.spi.Backend;
import dev.kneepoint.spi.CancellationToken;
import dev.kneepoint.spi.Capabilities;
import dev.kneepoint.spi.CollectiveBench;
import dev.kneepoint.spi.ElementType;
import dev.kneepoint.spi.ExecutionRequest;
import dev.kneepoint.spi.ExecutionResult;
import dev.kneepoint.spi.RankPlace;
import dev.kneepoint.spi.ReductionOp;
import dev.kneepoint.spi.TransferCall;
import dev.kneepoint.spi.TransferKind;
import dev.kneepoint.spi.TransferTiming;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Which transfers the kit asks for. */
class TransferBatteryTest {
    private record Place(int ranks, boolean inPlace) {}

    private record Typed(TransferKind kind, ElementType type, int ranks, boolean inPlace) {}

    private record Reduced(TransferKind kind, ReductionOp op, ElementType type, int ranks, boolean inPlace) {}

    /** Does all that is asked, and remembers what was checked. */
    private record WillingBackend(int maxRanks, List<TransferCall> checked) implements Backend, CollectiveBench {
        @Override
        public Set<ElementType> types() {
            return Set.of(ElementType.HALF, ElementType.INT32);
        }

        @Override
        public Set<ReductionOp> reductions() {
            return Set.of(ReductionOp.SUM, ReductionOp.MAX);
        }

        @Override
        public List<RankPlace> places(int ranks) {
            throw new AssertionError("nobody asks for places");
        }

        @Override
        public TransferTiming time(TransferCall call, CancellationToken cancellation) {
            if (call.check()) {
                checked.add(call);
            }
            return new TransferTiming.Measured(1e-6, call.checked() ? OptionalLong.of(0) : OptionalLong.empty());
        }

        @Override
        public Optional<CollectiveBench> collectives() {
            return Optional.of(this);
        }

        @Override
        public Capabilities capabilities() {
            return new Capabilities(Provenance.MEASURED, maxRanks, Set.of(), false, false);
        }

        @Override
        public ExecutionResult execute(ExecutionRequest request) {
            throw new AssertionError("nobody runs a plan");
        }

        @Override
        public void close() {}
    }

    private static List<Place> places(int maxRanks) {
        List<Place> out = new ArrayList<>();
        for (int ranks = 1; ranks <= Math.min(4, maxRanks); ranks++) {
            out.add(new Place(ranks, false));
            out.add(new Place(ranks, true));
        }
        return out;
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 3, 4, 256})
    void everyType_isCheckedOnUpToFourRanksOutOfPlaceAndInPlace(int maxRanks) {
        WillingBackend backend = new WillingBackend(maxRanks, new ArrayList<>());
        TransferBattery.types(backend);
        List<Typed> wanted = new ArrayList<>();
        for (Place p : places(maxRanks)) {
            for (ElementType type : backend.types()) {
                for (TransferKind kind : TransferKind.values()) {
                    wanted.add(new Typed(kind, type, p.ranks(), p.inPlace()));
                }
            }
        }
        assertThat(backend.checked())
                .extracting(c -> new Typed(c.kind(), c.type(), c.ranks(), c.inPlace()))
                .containsExactlyInAnyOrderElementsOf(wanted);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 3, 4, 256})
    void everyReduction_isCheckedInEveryTypeOnUpToFourRanksOutOfPlaceAndInPlace(int maxRanks) {
        WillingBackend backend = new WillingBackend(maxRanks, new ArrayList<>());
        TransferBattery.reductions(backend);
        List<Reduced> wanted = new ArrayList<>();
        for (Place p : places(maxRanks)) {
            for (ReductionOp op : backend.reductions()) {
                for (ElementType type : backend.types()) {
                    wanted.add(new Reduced(TransferKind.ALL_REDUCE, op, type, p.ranks(), p.inPlace()));
                    wanted.add(new Reduced(TransferKind.REDUCE_SCATTER, op, type, p.ranks(), p.inPlace()));
                }
            }
        }
        assertThat(backend.checked())
                .extracting(c -> new Reduced(c.kind(), c.reduction(), c.type(), c.ranks(), c.inPlace()))
                .containsExactlyInAnyOrderElementsOf(wanted);
    }
}
