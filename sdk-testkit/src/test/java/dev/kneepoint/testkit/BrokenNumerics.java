package dev.kneepoint.testkit;

import dev.kneepoint.plan.CollectiveKind;
import dev.kneepoint.spi.Numerics;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.Locale;

/** Spoils the last element of one op's results by what a wrong loop end would. */
final class BrokenNumerics {
    private BrokenNumerics() {}

    static Numerics of(Numerics right, Defect defect) {
        return (Numerics) Proxy.newProxyInstance(
                BrokenNumerics.class.getClassLoader(), new Class<?>[] {Numerics.class}, (proxy, method, args) -> {
                    Object result;
                    try {
                        result = method.invoke(right, args);
                    } catch (InvocationTargetException e) {
                        if (defect == Defect.ACCEPTS_ANY_LENGTH) {
                            return new float[0];
                        }
                        throw e.getCause();
                    }
                    String op = method.getName().replaceAll("([A-Z])", "_$1").toUpperCase(Locale.ROOT);
                    if (args != null && args[0] instanceof CollectiveKind kind) {
                        op = kind.name();
                        if (defect == Defect.OTHER_BITS && kind == CollectiveKind.ALL_REDUCE) {
                            float[] last = ((float[][]) result)[((float[][]) result).length - 1];
                            last[0] = Math.nextUp(last[0]);
                        }
                    }
                    if (op.equals(defect.name())) {
                        spoil(result);
                    }
                    return result;
                });
    }

    private static void spoil(Object result) {
        float[] values = result instanceof float[][] many ? many[many.length - 1] : (float[]) result;
        values[values.length - 1] = values[values.length - 1] * 1.01f + 0.01f;
    }
}
