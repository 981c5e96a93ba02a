/** A backend from outside: everything that one needs to write one's own. */
module dev.kneepoint.samples.roofline {
    requires dev.kneepoint;
    requires static org.jspecify;

    provides dev.kneepoint.spi.BackendProvider with
            dev.kneepoint.samples.roofline.RooflineProvider;
}
