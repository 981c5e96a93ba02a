/** What the API says about itself. */
@NullMarked
package dev.kneepoint.annotation;

import org.jspecify.annotations.NullMarked;
