package dev.kneepoint.backend.engine;

/** Measures something beside the steps, such as energy. Confined to a thread of the run. */
public interface StepMeter {
    /** Measures nothing. */
    StepMeter NONE = new StepMeter() {
        @Override
        public void begin() {}

        @Override
        public void end() {}
    };

    /** The first measured step is about to begin: no device has anything to do. */
    void begin();

    /** The last measured step has ended on all devices. Not called if a step fails. */
    void end();
}
