package dev.kneepoint.backend.cuda;

import com.google.common.collect.ImmutableMap;
import dev.kneepoint.backend.engine.DataType;
import dev.kneepoint.backend.engine.DeviceArrays;
import dev.kneepoint.backend.engine.DeviceBuffer;
import dev.kneepoint.backend.engine.KernelArguments;
import dev.kneepoint.spi.AttentionShape;
import dev.kneepoint.spi.DeviceFigure.Reference;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** Figures of causal attention, in the shapes that FlashAttention's authors print. */
record AttentionFigures(FigureSubject subject) {
    private static final int TOKENS = 16_384;
    private static final int HIDDEN = 2048;
    private static final List<Integer> LENGTHS = List.of(4096, 16_384);
    private static final List<Integer> HEAD_SIZES = List.of(64, 128);

    List<FigureCase> cases() {
        List<FigureCase> out = new ArrayList<>();
        for (int length : LENGTHS) {
            for (int headSize : HEAD_SIZES) {
                for (AttentionPass pass : AttentionPass.values()) {
                    out.add(figure(pass, length, headSize));
                }
            }
        }
        return out;
    }

    private FigureCase figure(AttentionPass pass, int fullLength, int headSize) {
        int length = subject.length(fullLength);
        int tokens = subject.length(TOKENS);
        AttentionShape shape =
                AttentionShape.causal(tokens / length, HIDDEN / headSize, HIDDEN / headSize, length, headSize);
        ImmutableMap<String, String> parameters = ImmutableMap.of(
                "format", subject.half().name().toLowerCase(Locale.ROOT),
                "pass", pass.name().toLowerCase(Locale.ROOT),
                "length", Integer.toString(length),
                "head_size", Integer.toString(headSize),
                "tokens", Integer.toString(tokens));
        Optional<Reference> published = subject.dataSheet()
                .flatMap(sheet -> PublishedAttention.of(sheet.architecture(), pass, fullLength, headSize));
        return FigureCase.arithmetic(
                "attention",
                parameters,
                pass.operations(tokens, length, HIDDEN),
                published,
                (bench, arrays) -> time(bench, arrays, pass, shape));
    }

    private FigureTiming time(FigureBench bench, DeviceArrays arrays, AttentionPass pass, AttentionShape shape) {
        DataType type = subject.half();
        DeviceBuffer queries = bench.random(arrays, type, shape.queryElements());
        DeviceBuffer keys = bench.random(arrays, type, shape.keyElements());
        DeviceBuffer values = bench.random(arrays, type, shape.keyElements());
        DeviceBuffer output = arrays.empty(type, shape.queryElements());
        AttentionKernels attentions =
                new AttentionKernels(subject.device().info(), subject.kernels().table());
        CudaQueue.Command forward = q -> attentions.enqueue(q, shape, queries, keys, values, output);
        if (pass == AttentionPass.FORWARD) {
            return bench.onDevice(forward);
        }
        AttentionKernels.Inputs inputs = new AttentionKernels.Inputs(
                queries,
                keys,
                values,
                bench.random(arrays, type, shape.queryElements()),
                arrays.empty(KernelArguments.attentionScratch(shape, true)));
        DeviceBuffer ofQueries = arrays.empty(type, shape.queryElements());
        DeviceBuffer ofKeys = arrays.empty(type, shape.keyElements());
        DeviceBuffer ofValues = arrays.empty(type, shape.keyElements());
        CudaQueue.Command backward = q -> attentions.enqueueGradient(q, shape, inputs, ofQueries, ofKeys, ofValues);
        return bench.onDevice(
                pass == AttentionPass.BACKWARD
                        ? backward
                        : q -> {
                            forward.enqueue(q);
                            backward.enqueue(q);
                        });
    }
}
