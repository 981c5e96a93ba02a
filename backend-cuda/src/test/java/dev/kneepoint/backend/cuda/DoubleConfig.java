package dev.kneepoint.backend.cuda;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * What machine a {@link CudaDouble} claims to be. Immutable.
 *
 * @param driver as cuDriverGetVersion says it
 * @param peers whether devices can reach each other's memory
 * @param pools whether there is stream-ordered memory
 * @param staysLost whether a context that has failed cannot be had anew
 */
public record DoubleConfig(
        List<Device> devices, int driver, boolean peers, boolean pools, Order order, long seed, boolean staysLost) {

    public DoubleConfig {
        devices = List.copyOf(devices);
    }

    /** When commands run. */
    public enum Order {
        /** When a call waits for them, in a random order among what is permitted. */
        LATE,
        /** Then too, and any others that are permitted. */
        HASTY,
        /** Before the call that makes them returns. */
        EAGER
    }

    /**
     * A device.
     *
     * @param capability compute capability, times ten
     * @param slice whether it is a part of a device (MIG), and says so by its UUID
     */
    public record Device(String name, long bytes, int capability, int multiprocessors, boolean slice) {
        public static final Device A100 = new Device("Double A100", 80L << 30, 80, 108, false);

        public Device withBytes(long bytes) {
            return new Device(name, bytes, capability, multiprocessors, slice);
        }

        Device withName(String name) {
            return new Device(name, bytes, capability, multiprocessors, slice);
        }

        public Device withCapability(int capability) {
            return new Device(name, bytes, capability, multiprocessors, slice);
        }
    }

    /** Devices of one kind that reach each other, under a driver of CUDA 12.6. */
    public static DoubleConfig of(int count) {
        return of(IntStream.range(0, count).mapToObj(i -> Device.A100).toArray(Device[]::new));
    }

    public static DoubleConfig of(Device... devices) {
        return new DoubleConfig(List.of(devices), 12060, true, true, Order.LATE, 1, false);
    }

    public DoubleConfig withDriver(int driver) {
        return new DoubleConfig(devices, driver, peers, pools, order, seed, staysLost);
    }

    public DoubleConfig withoutPeers() {
        return new DoubleConfig(devices, driver, false, pools, order, seed, staysLost);
    }

    public DoubleConfig withoutPools() {
        return new DoubleConfig(devices, driver, peers, false, order, seed, staysLost);
    }

    public DoubleConfig with(Order order) {
        return new DoubleConfig(devices, driver, peers, pools, order, seed, staysLost);
    }

    public DoubleConfig withSeed(long seed) {
        return new DoubleConfig(devices, driver, peers, pools, order, seed, staysLost);
    }

    public DoubleConfig stayingLost() {
        return new DoubleConfig(devices, driver, peers, pools, order, seed, true);
    }

    /** As {@code double_reset} in double.h reads it. */
    public String text() {
        List<String> lines = new ArrayList<>();
        devices.forEach(d -> lines.add(
                "device %d %d %d %d %s".formatted(d.bytes, d.capability, d.multiprocessors, d.slice ? 1 : 0, d.name)));
        lines.add("driver " + driver);
        lines.add("peers " + (peers ? 1 : 0));
        lines.add("pools " + (pools ? 1 : 0));
        lines.add("order " + order.name().toLowerCase(Locale.ROOT));
        lines.add("seed " + seed);
        lines.add("lost " + (staysLost ? 1 : 0));
        return lines.stream().collect(Collectors.joining("\n"));
    }
}
