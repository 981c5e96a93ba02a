package dev.kneepoint.backend.cuda.library;

import java.util.NoSuchElementException;
import java.util.Optional;
import java.util.function.Function;

/**
 * What came of looking for a native library.
 *
 * @param <T> the library
 */
public sealed interface LibraryLookup<T> {
    /** It is loaded and has every function that it must have. */
    record Found<T>(T library) implements LibraryLookup<T> {}

    /** It cannot be used. */
    record Missing<T>(String reason) implements LibraryLookup<T> {}

    /** The library, unless it is missing. */
    default Optional<T> found() {
        return this instanceof Found<T> f ? Optional.of(f.library()) : Optional.empty();
    }

    /** Why there is none; empty if there is one. */
    default String reason() {
        return this instanceof Missing<T> m ? m.reason() : "";
    }

    /**
     * Makes something of the library.
     *
     * @param binder what makes it; throws {@link NoSuchElementException} where the library lacks something
     * @return what it made, or why not
     */
    default <R> LibraryLookup<R> bind(Function<? super T, ? extends R> binder) {
        return switch (this) {
            case Found<T> f -> {
                try {
                    yield new Found<>(binder.apply(f.library()));
                } catch (NoSuchElementException e) {
                    yield new Missing<>(String.valueOf(e.getMessage()));
                }
            }
            case Missing<T> m -> new Missing<>(m.reason());
        };
    }
}
