package dev.kneepoint.backend.opencl;

import dev.kneepoint.backend.engine.DataType;
import dev.kneepoint.backend.engine.DeviceBuffer;
import dev.kneepoint.backend.engine.DeviceEvent;
import dev.kneepoint.backend.engine.DeviceKernels;
import dev.kneepoint.backend.engine.DeviceQueue;
import dev.kneepoint.backend.engine.KernelArguments;
import dev.kneepoint.backend.engine.RotaryTables;
import dev.kneepoint.spi.AttentionShape;
import org.jocl.cl_program;

/** The kernels of the {@code .cl} resources in the form that suits the device. Thread-safe. */
final class TunedKernels implements DeviceKernels {
    private final KernelForm form;
    private final Launcher launcher;
    private final WorkSizes sizes;
    private final RotaryTables rotaryTables;

    private TunedKernels(KernelForm form, Launcher launcher, WorkSizes sizes, RotaryTables rotaryTables) {
        this.form = form;
        this.launcher = launcher;
        this.sizes = sizes;
        this.rotaryTables = rotaryTables;
    }

    /**
     * Builds the kernels of a device.
     *
     * @throws OpenClException if they do not build, with the compiler's log
     */
    static TunedKernels open(ClDevice device, KernelOptions options) {
        KernelForm form = options.form().orElseGet(() -> KernelForm.of(device.info()));
        return open(device, form, KernelSource.of(form, device.id()), new ProgramCache(options.cache()));
    }

    /** The same from a source that need not be the one for the device. */
    static TunedKernels open(ClDevice device, KernelForm form, KernelSource source, ProgramCache cache) {
        cl_program program = new ProgramBuilder(device, cache).build(source);
        return new TunedKernels(
                form,
                new Launcher(program, form.group(), KernelForm.KERNELS),
                new WorkSizes(form, source, device.info().computeUnits()),
                new RotaryTables(device));
    }

    private DeviceEvent[] run(
            DeviceQueue queue, DeviceEvent[] waits, String kernel, long[] groups, Object... arguments) {
        return new DeviceEvent[] {launcher.launch(queue, kernel, groups, waits, arguments)};
    }

    @Override
    public DeviceEvent[] matmul(DeviceQueue queue, Product product, At a, At b, At c, DeviceEvent... waits) {
        String kernel = a.buffer().type() == DataType.FP16 ? "matmul_half" : "matmul";
        return multiply(kernel, queue, product, a, b, c, waits);
    }

    private DeviceEvent[] multiply(String kernel, DeviceQueue queue, Product p, At a, At b, At c, DeviceEvent[] waits) {
        long[] groups = sizes.matmul(p);
        if (form == KernelForm.GPU) {
            return run(queue, waits, kernel, groups, a, b, c, p.rows(), p.columns(), p.inner(), p.scale());
        }
        int block = sizes.matmulRows(p);
        return run(queue, waits, kernel, groups, a, b, c, p.rows(), p.columns(), p.inner(), block, p.scale());
    }

    @Override
    public DeviceEvent[] convert(DeviceQueue queue, At from, At to, int length, DeviceEvent... waits) {
        return run(queue, waits, "to_half", sizes.elements(length), from, to, (long) length);
    }

    @Override
    public long attentionScratch(AttentionShape shape, boolean backward) {
        return KernelArguments.attentionScratch(shape, backward);
    }

    private long[] queryTiles(AttentionShape shape) {
        return WorkSizes.attention(shape.queries(), form.queryTile(), shape.heads(), shape.sequences());
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
        return run(
                queue,
                waits,
                "attention",
                queryTiles(shape),
                KernelArguments.attention(shape, queries, keys, values, output));
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
        long[] keyTiles = WorkSizes.attention(shape.keys(), form.keyTile(), shape.keyValueHeads(), shape.sequences());
        return new KernelChain(launcher, queue, waits)
                .then(
                        "attention_sums",
                        queryTiles(shape),
                        KernelArguments.attention(shape, queries, keys, values, outputGradient, scratch))
                .then(
                        "attention_queries",
                        queryTiles(shape),
                        KernelArguments.attention(shape, queries, keys, values, outputGradient, scratch, queryGradient))
                .then(
                        "attention_keys",
                        keyTiles,
                        KernelArguments.attention(
                                shape, queries, keys, values, outputGradient, scratch, keyGradient, valueGradient))
                .events();
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
        return run(queue, waits, "norm", sizes.rows(rows), x, weight, out, rows, width);
    }

    @Override
    public DeviceEvent[] activation(
            DeviceQueue queue, At gate, At up, DeviceBuffer out, int length, DeviceEvent... waits) {
        return run(queue, waits, "activation", sizes.elements(length), gate, up, out, (long) length);
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
        return run(queue, waits, "rotary", sizes.rows(rows), x, near, far, out, rows, length, headSize);
    }

    @Override
    public DeviceEvent[] softmax(
            DeviceQueue queue, DeviceBuffer x, DeviceBuffer out, int rows, int width, DeviceEvent... waits) {
        return run(queue, waits, "softmax", sizes.rows(rows), x, out, rows, width);
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
        return run(queue, waits, "loss_gradient", sizes.rows(rows), logits, targets, out, rows, width);
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
        return run(queue, waits, "gather_rows", sizes.rows(rows), table, indices, out, rows, width);
    }

    @Override
    public DeviceEvent[] quantise(
            DeviceQueue queue,
            DeviceBuffer x,
            DeviceBuffer out,
            int length,
            DeviceBuffer scratch,
            DeviceEvent... waits) {
        long[] search = sizes.search(length);
        return new KernelChain(launcher, queue, waits)
                .then("largest", search, x, (long) length, scratch)
                .then("quantise", sizes.elements(length), x, scratch, Math.toIntExact(search[0]), out, (long) length)
                .events();
    }

    @Override
    public long quantiseScratch() {
        return WorkSizes.MOST_GROUPS;
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
        return run(
                queue,
                waits,
                "adamw",
                sizes.elements(length),
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
        return run(queue, waits, "add", sizes.elements(length), a, b, c, (long) length);
    }

    @Override
    public DeviceEvent[] scale(DeviceQueue queue, At x, int length, float factor, DeviceEvent... waits) {
        return run(queue, waits, "scale", sizes.elements(length), x, (long) length, factor);
    }

    @Override
    public DeviceEvent[] copy(DeviceQueue queue, At from, At to, int length, DeviceEvent... waits) {
        return run(queue, waits, "copy", sizes.elements(length), from, to, (long) length);
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
        return run(queue, waits, "triad", sizes.elements(length), a, b, c, s, (long) length);
    }

    @Override
    public DeviceEvent[] fill(DeviceQueue queue, At x, int length, float value, DeviceEvent... waits) {
        return run(queue, waits, "fill", sizes.elements(length), x, (long) length, value);
    }

    @Override
    public DeviceEvent[] nothing(DeviceQueue queue, DeviceEvent... waits) {
        return run(queue, waits, "nothing", new long[] {1});
    }

    @Override
    public void close() {
        launcher.close();
        rotaryTables.close();
    }
}
