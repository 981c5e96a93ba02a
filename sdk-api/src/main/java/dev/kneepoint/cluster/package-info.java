/**
 * The machines: accelerators, nodes, the fabrics between them, and a catalog of real ones. Start from {@link dev.kneepoint.cluster.Cluster}. Holds data-sheet figures only; measured behaviour is in {@code dev.kneepoint.profile}.
 */
@NullMarked
package dev.kneepoint.cluster;

import org.jspecify.annotations.NullMarked;
