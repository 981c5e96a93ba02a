module embedder {
    requires dev.kneepoint;
}
