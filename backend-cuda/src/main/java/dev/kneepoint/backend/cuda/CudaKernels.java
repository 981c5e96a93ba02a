package dev.kneepoint.backend.cuda;

import dev.kneepoint.backend.engine.Cleanup;
import dev.kneepoint.backend.engine.DataType;
import dev.kneepoint.backend.engine.DeviceBuffer;
import dev.kneepoint.backend.engine.DeviceEvent;
import dev.kneepoint.backend.engine.DeviceKernels;
import dev.kneepoint.backend.engine.DeviceQueue;
import dev.kneepoint.backend.engine.KernelArguments;
import dev.kneepoint.backend.engine.RotaryTables;
import dev.kneepoint.spi.AttentionShape;
import java.util.Optional;

/** The kernels of a device: an op is one command, of however many launches. Thread-safe. */
final class CudaKernels implements DeviceKernels {
    private final CudaDevice device;
    private final KernelTable kernels;
    private final GridSizes grids;
    private final ProductKernels products;
    private final Fp8Products fp8;
    private final AttentionKernels attentions;
    private final RotaryTables rotaryTables;

    /**
     * Kernels of an open device, which are compiled when first used.
     *
     * @param tensorFloat whether cuBLAS may take single precision to TF32
     */
    CudaKernels(CudaDevice device, boolean tensorFloat) {
        this.device = device;
        this.kernels = new KernelTable(device.context());
        this.grids = new GridSizes(device.info().multiprocessors());
        this.products = new ProductKernels(device.info(), kernels, tensorFloat);
        this.fp8 = new Fp8Products(device, kernels, grids);
        this.attentions = new AttentionKernels(device.info(), kernels);
        this.rotaryTables = new RotaryTables(device);
    }

    /** The kernels by name, for whoever puts several launches into one command. */
    KernelTable table() {
        return kernels;
    }

    private static DeviceEvent[] command(DeviceQueue queue, DeviceEvent[] waits, CudaQueue.Command command) {
        return new DeviceEvent[] {((CudaQueue) queue).enqueue(waits, command)};
    }

    private DeviceEvent[] elements(
            DeviceQueue queue, DeviceEvent[] waits, String name, DataType type, long length, Object... arguments) {
        return command(
                queue,
                waits,
                q -> q.launch(
                        kernels.get(PtxModule.ELEMENTS, name, type), grids.elements(length, type.bytes()), arguments));
    }

    private DeviceEvent[] rows(
            DeviceQueue queue, DeviceEvent[] waits, String name, DataType type, int rows, Object... arguments) {
        return command(
                queue, waits, q -> q.launch(kernels.get(PtxModule.ROWS, name, type), grids.rows(rows), arguments));
    }

    @Override
    public DeviceEvent[] matmul(DeviceQueue queue, Product product, At a, At b, At c, DeviceEvent... waits) {
        return command(queue, waits, q -> products.enqueue(q, product, a, b, c));
    }

    @Override
    public Optional<String> keeps(Product product) {
        return fp8.keeps(product);
    }

    @Override
    public long roundingScratch() {
        return Fp8Products.SCRATCH;
    }

    @Override
    public DeviceEvent[] roundedMatmul(
            DeviceQueue queue, Product product, At a, At b, At c, Operands operands, DeviceEvent... waits) {
        return command(queue, waits, q -> fp8.enqueue(q, product, a, b, c, operands));
    }

    @Override
    public DeviceEvent[] convert(DeviceQueue queue, At from, At to, int length, DeviceEvent... waits) {
        throw new IllegalStateException("operands are rounded as part of their product");
    }

    @Override
    public long attentionScratch(AttentionShape shape, boolean backward) {
        return KernelArguments.attentionScratch(shape, backward);
    }

    @Override
    public DeviceEvent[] attention(
            DeviceQueue queue,
            AttentionShape shape,
            DeviceBuffer queries,
            DeviceBuffer keys,
            DeviceBuffer values,
            DeviceBuffer output,
            DeviceBuffer scratch,
            DeviceEvent... waits) {
        return command(queue, waits, q -> attentions.enqueue(q, shape, queries, keys, values, output));
    }

    @Override
    public DeviceEvent[] attentionGradient(
            DeviceQueue queue,
            AttentionShape shape,
            DeviceBuffer queries,
            DeviceBuffer keys,
            DeviceBuffer values,
            DeviceBuffer outputGradient,
            DeviceBuffer queryGradient,
            DeviceBuffer keyGradient,
            DeviceBuffer valueGradient,
            DeviceBuffer scratch,
            DeviceEvent... waits) {
        AttentionKernels.Inputs inputs = new AttentionKernels.Inputs(queries, keys, values, outputGradient, scratch);
        return command(
                queue,
                waits,
                q -> attentions.enqueueGradient(q, shape, inputs, queryGradient, keyGradient, valueGradient));
    }

    @Override
    public DeviceEvent[] norm(
            DeviceQueue queue,
            DeviceBuffer x,
            DeviceBuffer weight,
            DeviceBuffer out,
            int rows,
            int width,
            DeviceEvent... waits) {
        return rows(queue, waits, "norm", x.type(), rows, x, weight, out, rows, width);
    }

    @Override
    public DeviceEvent[] activation(
            DeviceQueue queue, At gate, At up, DeviceBuffer out, int length, DeviceEvent... waits) {
        return elements(queue, waits, "activation", out.type(), length, gate, up, out, (long) length);
    }

    @Override
    public DeviceEvent[] rotary(
            DeviceQueue queue,
            DeviceBuffer x,
            DeviceBuffer out,
            int rows,
            int length,
            int headSize,
            DeviceEvent... waits) {
        DeviceBuffer near = rotaryTables.near(headSize);
        DeviceBuffer far = rotaryTables.far(headSize, Math.min(rows, length));
        long pairs = (long) rows * headSize / 2;
        return command(
                queue,
                waits,
                q -> q.launch(
                        kernels.get(PtxModule.ROWS, "rotary", x.type()),
                        grids.pairs(pairs),
                        x,
                        near,
                        far,
                        out,
                        rows,
                        length,
                        headSize));
    }

    @Override
    public DeviceEvent[] softmax(
            DeviceQueue queue, DeviceBuffer x, DeviceBuffer out, int rows, int width, DeviceEvent... waits) {
        return rows(queue, waits, "softmax", x.type(), rows, x, out, rows, width);
    }

    @Override
    public DeviceEvent[] lossGradient(
            DeviceQueue queue,
            DeviceBuffer logits,
            DeviceBuffer targets,
            DeviceBuffer out,
            int rows,
            int width,
            DeviceEvent... waits) {
        return rows(queue, waits, "loss_gradient", logits.type(), rows, logits, targets, out, rows, width);
    }

    @Override
    public DeviceEvent[] gatherRows(
            DeviceQueue queue,
            DeviceBuffer table,
            DeviceBuffer indices,
            DeviceBuffer out,
            int rows,
            int width,
            DeviceEvent... waits) {
        return rows(queue, waits, "gather_rows", table.type(), rows, table, indices, out, rows, width);
    }

    @Override
    public DeviceEvent[] quantise(
            DeviceQueue queue,
            DeviceBuffer x,
            DeviceBuffer out,
            int length,
            DeviceBuffer scratch,
            DeviceEvent... waits) {
        return command(queue, waits, q -> fp8.quantise(q, x, out, length, scratch));
    }

    @Override
    public long quantiseScratch() {
        return GridSizes.MOST_SEARCHERS;
    }

    @Override
    public DeviceEvent[] adamw(
            DeviceQueue queue,
            At parameters,
            At gradients,
            At first,
            At second,
            int length,
            int step,
            DeviceEvent... waits) {
        return elements(
                queue,
                waits,
                "adamw",
                gradients.buffer().type(),
                length,
                parameters,
                gradients,
                first,
                second,
                (long) length,
                KernelArguments.firstCorrection(step),
                KernelArguments.secondCorrection(step));
    }

    @Override
    public DeviceEvent[] add(DeviceQueue queue, At a, At b, At c, int length, DeviceEvent... waits) {
        return elements(queue, waits, "add", a.buffer().type(), length, a, b, c, (long) length);
    }

    @Override
    public DeviceEvent[] scale(DeviceQueue queue, At x, int length, float factor, DeviceEvent... waits) {
        return elements(queue, waits, "scale", x.buffer().type(), length, x, (long) length, factor);
    }

    @Override
    public DeviceEvent[] copy(DeviceQueue queue, At from, At to, int length, DeviceEvent... waits) {
        return elements(queue, waits, "copy", from.buffer().type(), length, from, to, (long) length);
    }

    @Override
    public DeviceEvent[] triad(
            DeviceQueue queue,
            DeviceBuffer a,
            DeviceBuffer b,
            DeviceBuffer c,
            float s,
            int length,
            DeviceEvent... waits) {
        return elements(queue, waits, "triad", a.type(), length, a, b, c, s, (long) length);
    }

    @Override
    public DeviceEvent[] fill(DeviceQueue queue, At x, int length, float value, DeviceEvent... waits) {
        return elements(queue, waits, "fill", x.buffer().type(), length, x, (long) length, value);
    }

    @Override
    public DeviceEvent[] nothing(DeviceQueue queue, DeviceEvent... waits) {
        return command(queue, waits, q -> q.launch(kernels.get(PtxModule.ELEMENTS, "nothing"), Grid.of(1)));
    }

    @Override
    public void close() {
        if (!device.context().isLost()) {
            try (Cleanup cleanup = new Cleanup()) {
                cleanup.then(device.context()::enter);
                cleanup.then(fp8::close);
                cleanup.then(rotaryTables::close);
                cleanup.then(kernels::close);
            }
        }
    }
}
