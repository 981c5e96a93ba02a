/** What implementers of backends and host applications test with. */
module dev.kneepoint.testkit {
    requires transitive dev.kneepoint;
    requires transitive org.junit.jupiter.api;
    requires static transitive org.jspecify;

    exports dev.kneepoint.testkit;
}
