/** The command line. Start from {@link dev.kneepoint.samples.cli.KneepointCli}. */
@NullMarked
package dev.kneepoint.samples.cli;

import org.jspecify.annotations.NullMarked;
