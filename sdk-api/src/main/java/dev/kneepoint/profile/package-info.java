/**
 * How well hardware and software do: fitted curves of devices and fabrics ({@link dev.kneepoint.profile.HardwareProfile}) and the habits of a training framework ({@link dev.kneepoint.profile.SoftwareStack}). Plain JSON files; presets carry their source. Knows nothing of strategies.
 */
@NullMarked
package dev.kneepoint.profile;

import org.jspecify.annotations.NullMarked;
