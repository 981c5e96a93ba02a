package dev.kneepoint.backend.engine;

import dev.kneepoint.backend.engine.DeviceKernels.At;
import dev.kneepoint.backend.engine.HostMeetings.Encounter;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** A rank's view of a group in a {@link HostNetwork}. A command has arrived when it gets to the head of its queue. */
final class HostGroup implements RankGroup {
    private final HostNetwork network;
    private final String name;
    private final HostMeetings shared;
    private final int place;
    private final Map<String, Integer> turns = new HashMap<>();

    HostGroup(HostNetwork network, String name, HostMeetings shared, int place) {
        this.network = network;
        this.name = name;
        this.shared = shared;
        this.place = place;
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public int size() {
        return shared.size();
    }

    @Override
    public int place() {
        return place;
    }

    private Encounter next(String key, int parties) {
        synchronized (network.monitor()) {
            return shared.call(key + turns.merge(key, 1, Integer::sum), parties);
        }
    }

    private DeviceEvent enqueue(
            DeviceQueue queue, String op, Encounter call, int seat, Object mine, Runnable work, DeviceEvent... waits) {
        return ((HostQueue) queue)
                .enqueue(
                        op,
                        waits,
                        () -> {
                            call.brought[seat] = mine;
                            return call.isFull() || network.failed();
                        },
                        () -> {
                            if (!call.done && call.isFull()) {
                                call.done = true;
                                work.run();
                            }
                        });
    }

    @Override
    public DeviceEvent collective(DeviceQueue queue, String op, Call call, DeviceEvent... waits) {
        Encounter meeting = next("collective", size());
        return enqueue(
                queue, "network", meeting, place, call, () -> HostCollectives.perform(name, calls(meeting)), waits);
    }

    private static List<Call> calls(Encounter meeting) {
        return Arrays.stream(meeting.brought).map(b -> (Call) b).toList();
    }

    @Override
    public DeviceEvent send(DeviceQueue queue, String op, int to, At from, long elements, DeviceEvent... waits) {
        Encounter message = next(place + ">" + to + " ", 2);
        return enqueue(queue, "network", message, 0, from, () -> deliver(message, elements), waits);
    }

    @Override
    public DeviceEvent receive(DeviceQueue queue, String op, int from, At to, long elements, DeviceEvent... waits) {
        Encounter message = next(from + ">" + place + " ", 2);
        return enqueue(queue, "network", message, 1, to, () -> deliver(message, elements), waits);
    }

    @Override
    public DeviceEvent exchange(DeviceQueue queue, String op, int to, At out, int from, At in, long elements) {
        // Who receives finds the value of the moment when all have come.
        Encounter all = next("exchange", size());
        At[] mine = {out, in};
        return enqueue(queue, "network", all, place, mine, () -> {
            float[][] values = new float[size()][];
            for (int p = 0; p < size(); p++) {
                values[p] = HostBuffer.get(((At[]) all.brought[p])[0], (int) elements);
            }
            for (int p = 0; p < size(); p++) {
                HostBuffer.part(((At[]) all.brought[(p + 1) % size()])[1], elements)
                        .put(values[p]);
            }
        });
    }

    private void deliver(Encounter message, long elements) {
        float[] values = HostBuffer.get((At) message.brought[0], (int) elements);
        HostBuffer.part((At) message.brought[1], elements).put(values);
    }

    @Override
    public long[] max(long[] mine) {
        Encounter call = next("max", size());
        synchronized (network.monitor()) {
            call.brought[place] = mine;
        }
        Encounter full = network.await(() -> call.isFull() ? call : null);
        long[] out = mine.clone();
        for (Object one : full.brought) {
            long[] other = (long[]) one;
            if (other.length != out.length) {
                throw new AssertionError("ranks compare different things in " + name);
            }
            for (int i = 0; i < out.length; i++) {
                out[i] = Math.max(out[i], other[i]);
            }
        }
        return out;
    }
}
