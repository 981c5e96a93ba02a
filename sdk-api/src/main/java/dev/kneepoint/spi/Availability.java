package dev.kneepoint.spi;

import com.google.common.collect.ImmutableList;
import java.util.List;

/** Whether a backend can run here. */
public sealed interface Availability {
    /**
     * It can.
     *
     * @param devices what it would run on, in words
     */
    record Ready(List<String> devices) implements Availability {
        /** Copies the list. */
        public Ready {
            devices = ImmutableList.copyOf(devices);
        }
    }

    /**
     * It cannot.
     *
     * @param reason what is missing
     * @param remedy what to install or change
     */
    record Missing(String reason, String remedy) implements Availability {}
}
