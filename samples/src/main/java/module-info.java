/** The command line of Kneepoint, and programs to copy from. */
module dev.kneepoint.samples {
    requires dev.kneepoint;
    requires com.fasterxml.jackson.databind;
    requires com.google.common;
    requires com.samskivert.jmustache;
    requires info.picocli;
    requires me.tongfei.progressbar;
    requires static org.jspecify;

    opens dev.kneepoint.samples.cli to
            info.picocli;
}
