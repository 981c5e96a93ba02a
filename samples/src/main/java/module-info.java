/** The command line of Kneepoint, and programs to copy from. */
module dev.kneepoint.samples {
    requires dev.kneepoint;
    requires info.picocli;
    requires me.tongfei.progressbar;
    requires static org.jspecify;

    opens dev.kneepoint.samples.cli to
            info.picocli;
}
