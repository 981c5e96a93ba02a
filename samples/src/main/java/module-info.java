/** The command line of Kneepoint, and programs to copy from. */
module dev.kneepoint.samples {
    requires dev.kneepoint;
    requires dev.kneepoint.testkit;
    requires com.fasterxml.jackson.databind;
    requires com.google.common;
    requires com.samskivert.jmustache;
    requires hipparchus.stat;
    requires info.picocli;
    requires java.desktop;
    requires java.xml;
    requires me.tongfei.progressbar;
    requires org.apache.xmlgraphics.batik.svggen;
    requires org.jfree.jfreechart;
    requires static io.opentelemetry.api;
    requires static micrometer.core;
    requires static org.jspecify;

    exports dev.kneepoint.samples.host;
    exports dev.kneepoint.samples.scheduler;
    exports dev.kneepoint.samples.telemetry;
    exports dev.kneepoint.samples.training;

    opens dev.kneepoint.samples.cli to
            info.picocli;
}
