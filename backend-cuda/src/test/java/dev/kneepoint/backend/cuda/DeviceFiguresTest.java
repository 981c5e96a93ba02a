package dev.kneepoint.backend.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.kneepoint.backend.cuda.library.LibraryLookup;
import dev.kneepoint.spi.Backend;
import dev.kneepoint.spi.BackendException;
import dev.kneepoint.spi.CancellationToken;
import dev.kneepoint.spi.DeviceFigure;
import dev.kneepoint.spi.DeviceFigure.Measured;
import dev.kneepoint.spi.DeviceFigure.Missing;
import dev.kneepoint.spi.ExecutionCancelledException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Figures of the driver's double, in a 64th of their lengths: what they say of it is idle, but it must hold together. */
@Tag("long")
@RequiresCompiler({"g++", "gcc", "nm"})
class DeviceFiguresTest {
    private static final Duration LONG = Duration.ofSeconds(24);
    private static final int OUT_OF_MEMORY = 2;
    private static final int LAUNCH_FAILED = 719;

    private CudaDouble driver;

    @BeforeEach
    void start() {
        driver = CudaDouble.reset(DoubleConfig.of(1));
        driver.idle(true);
    }

    @AfterEach
    void nothingIsWrongOrLeft() {
        Machine.isClean(driver);
    }

    private static LibraryLookup<CublasLibrary> cublas() {
        return CublasLibrary.open(NativeDoubles.cublas().toString());
    }

    private static <T> T with(LibraryLookup<CublasLibrary> cublas, Function<FigureSubject, T> use) {
        List<CudaDeviceInfo> devices = CudaDiscovery.devices();
        try (CudaSession session =
                        CudaSession.open(devices, Duration.ofSeconds(60), BlasLibraries.of(cublas, devices), false);
                Boards boards = Boards.open(new LibraryLookup.Missing<>("no NVML"), devices)) {
            return use.apply(new FigureSubject(session.device(0), session.kernels(0), cublas, boards, 64));
        }
    }

    private static List<DeviceFigure> measure(LibraryLookup<CublasLibrary> cublas, Duration budget) {
        return with(cublas, subject -> DeviceFigures.measure(subject, budget, CancellationToken.none()));
    }

    private static Stream<Measured> measured(List<DeviceFigure> figures) {
        return figures.stream().flatMap(f -> f instanceof Measured m ? Stream.of(m) : Stream.empty());
    }

    private static Stream<Missing> missing(List<DeviceFigure> figures) {
        return figures.stream().flatMap(f -> f instanceof Missing m ? Stream.of(m) : Stream.empty());
    }

    @Test
    void everyFigureIsMeasuredInItsUnit() {
        long start = System.nanoTime();
        List<DeviceFigure> figures = measure(cublas(), LONG);
        assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(LONG.multipliedBy(2));
        assertThat(missing(figures)).isEmpty();
        assertThat(measured(figures).collect(Collectors.toMap(Measured::name, Measured::unit, (a, b) -> {
                    assertThat(a).isEqualTo(b);
                    return a;
                })))
                .containsOnlyKeys("launch", "triad", "copy", "matmul", "attention")
                .containsEntry("launch", "us")
                .containsEntry("triad", "GB/s")
                .containsEntry("copy", "GB/s")
                .containsEntry("matmul", "TFLOP/s")
                .containsEntry("attention", "TFLOP/s");
        assertThat(measured(figures)).allSatisfy(f -> {
            assertThat(f.value()).isPositive().isFinite();
            assertThat(f.watts()).isEqualTo(OptionalDouble.empty());
        });
        assertThat(measured(figures).map(f -> f.name() + f.parameters())).doesNotHaveDuplicates();
        assertThat(measured(figures)
                        .filter(f -> f.name().equals("launch"))
                        .map(f ->
                                f.parameters().get("of") + " " + f.parameters().get("graph")))
                .containsExactly("host off", "host-with-events off", "device off", "host on", "device on");
    }

    @Test
    void whatThePeaksAndTheAuthorsSayStandsBeside() {
        List<DeviceFigure> figures = measure(cublas(), Duration.ofSeconds(5));
        assertThat(measured(figures).filter(f -> "bf16".equals(f.parameters().get("format")) && isProduct(f)))
                .hasSize(9)
                .allSatisfy(f -> assertThat(f.reference())
                        .hasValue(new DeviceFigure.Reference(312, "dense peak of the data sheet of a100-sxm-80gb")));
        assertThat(measured(figures).filter(f -> "tf32".equals(f.parameters().get("format"))))
                .hasSize(3)
                .allSatisfy(f -> assertThat(f.reference()).isEmpty());
        assertThat(measured(figures).filter(f -> f.unit().equals("GB/s")))
                .allSatisfy(f -> assertThat(f.reference().orElseThrow().value()).isEqualTo(2039));
        assertThat(measured(figures).filter(f -> "both".equals(f.parameters().get("pass"))))
                .hasSize(4)
                .allSatisfy(f -> assertThat(f.reference().orElseThrow().what()).contains("FlashAttention-2", "A100"));
    }

    private static boolean isProduct(DeviceFigure figure) {
        return figure.name().equals("matmul");
    }

    @Test
    void cublasMultipliesAndTheDriverCopies() {
        measure(cublas(), Duration.ofSeconds(5));
        assertThat(driver.counts()).containsKeys("double_enqueue", "cuMemcpyDtoDAsync_v2");
    }

    @Test
    void whatDoesNotFitIsMissingWithTheBudget() {
        List<DeviceFigure> figures = measure(cublas(), Duration.ofSeconds(0));
        assertThat(measured(figures)).isEmpty();
        assertThat(missing(figures))
                .isNotEmpty()
                .allSatisfy(f -> assertThat(f.reason()).isEqualTo("no time was left of 0 s"));
    }

    @Test
    void withoutCublasOnlyItsProductsAreMissing() {
        List<DeviceFigure> figures = measure(new LibraryLookup.Missing<>("no cuBLAS here"), Duration.ofSeconds(5));
        assertThat(missing(figures)).hasSize(22).allSatisfy(f -> {
            assertThat(f.name()).isEqualTo("matmul");
            assertThat(f.parameters()).containsEntry("by", "cublas");
            assertThat(f.reason()).isEqualTo("no cuBLAS here");
        });
        assertThat(measured(figures).filter(DeviceFiguresTest::isProduct))
                .hasSize(2)
                .allSatisfy(f -> assertThat(f.parameters()).containsEntry("by", "own-kernel"));
    }

    @Test
    void underADriverWithoutGraphsOnlyTheyAreMissing() {
        driver = CudaDouble.reset(DoubleConfig.of(1).withDriver(11_030));
        driver.idle(true);
        List<DeviceFigure> figures = measure(cublas(), Duration.ofSeconds(2));
        assertThat(missing(figures).filter(f -> f.name().equals("launch")))
                .hasSize(2)
                .allSatisfy(f -> {
                    assertThat(f.parameters()).containsEntry("graph", "on");
                    assertThat(f.reason()).isEqualTo("the driver is made for CUDA 11.3; graphs need one for 11.4");
                });
        assertThat(driver.counts()).doesNotContainKeys("cuStreamBeginCapture_v2", "cuGraphInstantiateWithFlags");
    }

    @Test
    void aGraphThatFailsIsMissingAndLeavesNothing() {
        with(cublas(), subject -> {
            driver.failAt("cuGraphInstantiateWithFlags", 1, OUT_OF_MEMORY);
            List<DeviceFigure> figures =
                    DeviceFigures.measure(subject, Duration.ofSeconds(3), CancellationToken.none());
            assertThat(missing(figures).filter(f -> f.name().equals("launch")))
                    .singleElement()
                    .satisfies(f -> {
                        assertThat(f.parameters()).containsEntry("graph", "on");
                        assertThat(f.reason()).contains("cuGraphInstantiateWithFlags of 256 commands", "OUT_OF_MEMORY");
                    });
            return figures;
        });
    }

    @Test
    void aFailureIsOneMissingFigure() {
        with(cublas(), subject -> {
            driver.failAt("cuMemAllocAsync", 1, OUT_OF_MEMORY);
            List<DeviceFigure> figures = DeviceFigures.measure(subject, LONG, CancellationToken.none());
            assertThat(missing(figures)).singleElement().satisfies(f -> {
                assertThat(f.name()).isEqualTo("triad");
                assertThat(f.reason()).contains("CUDA_ERROR_OUT_OF_MEMORY");
            });
            return figures;
        });
    }

    @Test
    void aLostDeviceLeavesTheRestMissing() {
        with(cublas(), subject -> {
            driver.failKernel(1, LAUNCH_FAILED);
            List<DeviceFigure> figures = DeviceFigures.measure(subject, LONG, CancellationToken.none());
            assertThat(figures)
                    .isNotEmpty()
                    .allSatisfy(f -> assertThat(f)
                            .isInstanceOfSatisfying(
                                    Missing.class, m -> assertThat(m.reason()).contains("CUDA_ERROR_LAUNCH_FAILED")));
            return figures;
        });
    }

    @Test
    void aCancellationEndsIt() {
        CancellationToken token = CancellationToken.create();
        token.cancel();
        with(cublas(), subject -> {
            assertThatThrownBy(() -> DeviceFigures.measure(subject, LONG, token))
                    .isInstanceOf(ExecutionCancelledException.class);
            return subject;
        });
    }

    @Test
    void theBackendMeasuresItsFirstDeviceUntilItIsClosed() {
        Backend backend = Runs.open();
        assertThat(backend.measure(Duration.ZERO, CancellationToken.none()))
                .hasSizeGreaterThan(30)
                .allSatisfy(f -> assertThat(f).isInstanceOf(Missing.class));
        backend.close();
        assertThatThrownBy(() -> backend.measure(Duration.ZERO, CancellationToken.none()))
                .isInstanceOf(BackendException.class)
                .hasMessageContaining("closed");
    }

    @Test
    void operationsAreCountedAsTheAuthorsDo() {
        // 4 * s^2 * h * d / 2 for one sequence of 16,384 and 16 heads of 128; backward two and a half times that.
        double forward = 4.0 * 16_384 * 16_384 * 16 * 128 / 2;
        assertThat(AttentionPass.FORWARD.operations(16_384, 16_384, 2048)).isEqualTo(forward);
        assertThat(AttentionPass.BACKWARD.operations(16_384, 16_384, 2048)).isEqualTo(2.5 * forward);
        assertThat(AttentionPass.BOTH.operations(16_384, 16_384, 2048)).isCloseTo(3.5 * forward, within(1.0));
        assertThat(PublishedAttention.of("volta", AttentionPass.BOTH, 4096, 64)).isEqualTo(Optional.empty());
    }
}
