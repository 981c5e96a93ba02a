package dev.kneepoint.modulepath;

import dev.kneepoint.spi.BackendRegistry;

/** Prints what a JVM finds that has the backends on its module path; on the class path of that JVM itself. */
public final class Program {
    private Program() {}

    /** Prints ids and answers, a line each. */
    public static void main(String[] arguments) {
        BackendRegistry.discover(ClassLoader.getSystemClassLoader())
                .all()
                .forEach(found -> System.out.println(found.id() + " " + found.availability()));
    }
}
