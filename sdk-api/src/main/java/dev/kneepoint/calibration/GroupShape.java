package dev.kneepoint.calibration;

/**
 * Shape of a group, as far as its times depend on it.
 *
 * @param ranks in all
 * @param nodes hosts that they are spread over
 */
record GroupShape(int ranks, int nodes) {
    /** Ranks of the fullest host, if they are spread evenly. */
    int ranksPerNode() {
        return Math.ceilDiv(ranks, nodes);
    }

    @Override
    public String toString() {
        return ranks + " ranks on " + nodes + (nodes == 1 ? " node" : " nodes");
    }
}
