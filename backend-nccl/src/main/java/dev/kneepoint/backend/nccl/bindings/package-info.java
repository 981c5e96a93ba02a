/**
 * NCCL's functions, generated from {@code src/main/native/nccl_subset.h} by jextract 23, run by JDK 25.0.3 with LibClang 14.0.6
 * in this module's folder:
 *
 * <pre>{@code
 * jextract --output src/main/java --target-package dev.kneepoint.backend.nccl.bindings --library :libnccl.so.2 \
 *     src/main/native/nccl_subset.h
 * }</pre>
 *
 * <p>Not to be edited. To be touched only once {@code libnccl.so.2} is loaded: a class that does not find it stays broken.
 */
package dev.kneepoint.backend.nccl.bindings;
