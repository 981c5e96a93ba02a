package embedder;

import dev.kneepoint.testkit.BackendConformance;

/** The kit works from its published POM; here it checks the simulator. */
class OwnBackendTest extends BackendConformance {
    OwnBackendTest() {
        super("sim");
    }
}
