package dev.kneepoint.backend.cuda;

import com.google.common.collect.ImmutableSortedMap;
import com.google.common.collect.ImmutableSortedSet;
import dev.kneepoint.backend.engine.QuantisedProducts;
import dev.kneepoint.workload.Precision;
import java.util.SortedMap;
import java.util.SortedSet;

/**
 * How the products of a plan were computed, for readers of its figures. Immutable.
 *
 * @param precision what the plan asks for
 * @param blas what there was to multiply with
 * @param tensorFloat whether cuBLAS may take single precision to TF32
 * @param quantised what became of products of quantised operands
 */
record Arithmetic(Precision precision, BlasLibraries blas, boolean tensorFloat, QuantisedProducts quantised) {
    SortedSet<String> flags() {
        ImmutableSortedSet.Builder<String> out = ImmutableSortedSet.naturalOrder();
        boolean cublas = blas.cublas().found().isPresent();
        if (!cublas) {
            out.add("own-matmul");
        }
        if (precision == Precision.FP32 && tensorFloat && cublas) {
            out.add("multiplied-in-tf32");
        }
        if (!precision.isQuantised()) {
            return out.build();
        }
        if (quantised.rounded() == 0) {
            return out.add("computed-in-bf16").build();
        }
        if (quantised.kept() > 0) {
            out.add("some-products-in-bf16");
        }
        if (precision == Precision.FP4) {
            out.add("multiplied-in-fp8");
        }
        return out.build();
    }

    SortedMap<String, String> origin() {
        ImmutableSortedMap.Builder<String, String> out = ImmutableSortedMap.naturalOrder();
        out.put("cublas", blas.cublas().found().map(CublasLibrary::version).orElseGet(blas.cublas()::reason));
        if (!precision.isQuantised()) {
            return out.build();
        }
        if (quantised.rounded() == 0) {
            String reason = blas.lt().reason();
            return out.put("products in fp8", "none: " + (reason.isEmpty() ? quantised.why() : reason))
                    .build();
        }
        return out.put(
                        "products in fp8",
                        quantised.rounded() + " of " + (quantised.rounded() + quantised.kept())
                                + ": E4M3 operands, E5M2 gradients, with a scale each, cast before every product"
                                + (quantised.kept() > 0 ? "; in BF16: " + quantised.why() : ""))
                .build();
    }
}
