package dev.kneepoint.backend.cuda;

import static org.assertj.core.api.Assertions.assertThat;

/** What the test double of the driver has to say after a test. */
final class Machine {
    private Machine() {}

    /** Nothing was done wrong, and everything was given back. */
    static void isClean(CudaDouble driver) {
        assertThat(driver.violations()).as("violations").isEmpty();
        assertThat(driver.leaks()).as("leaks").isEmpty();
    }
}
