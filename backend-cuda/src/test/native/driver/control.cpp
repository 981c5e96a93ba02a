// What tests set and ask.
#include <stdio.h>
#include <stdlib.h>

#include <algorithm>
#include <sstream>

#include "memory.h"
#include "schedule.h"

namespace {

thread_local std::string said;

template <typename L>
const char *lines(const L &list) {
    said.clear();
    for (const auto &line : list) {
        said += line;
        said += '\n';
    }
    return said.c_str();
}

bool set_device(std::istringstream &words, State &to) {
    auto device = std::make_unique<Device>();
    device->number = static_cast<int>(to.devices.size());
    words >> device->memory >> device->capability >> device->multiprocessors >> device->mig >> std::ws;
    std::getline(words, device->name);
    to.devices.push_back(std::move(device));
    return !words.fail();
}

bool set_order(std::istringstream &words, State &to) {
    std::string order;
    words >> order;
    to.order = order == "eager" ? Order::EAGER : order == "hasty" ? Order::HASTY : Order::LATE;
    return order == "eager" || order == "hasty" || order == "late";
}

bool set(const std::string &line, State &to) {
    std::istringstream words(line);
    std::string what;
    words >> what;
    if (what == "device") {
        return set_device(words, to);
    }
    if (what == "order") {
        return set_order(words, to);
    }
    uint64_t value = 0;
    words >> value;
    if (what == "driver") {
        to.version = static_cast<int>(value);
    } else if (what == "peers") {
        to.peers = value != 0;
    } else if (what == "pools") {
        to.pools = value != 0;
    } else if (what == "lost") {
        to.lost = value != 0;
    } else if (what == "idle") {
        to.idle = value != 0;
    } else if (what == "seed") {
        to.random.seed(value);
    } else {
        return false;
    }
    return !words.fail();
}

void add_leak(std::vector<std::string> &leaks, const Object &object) {
    // A context that has failed takes its objects with it.
    bool gone = object.context != nullptr && object.context->failed != 0;
    if (object.alive && !object.internal && !gone && object.kind() != Function::KIND) {
        leaks.push_back(text("%s %p was not destroyed", object.kind(), object.handle));
    }
}

}  // namespace

std::string start_anew(const char *configuration) {
    auto next = std::make_unique<State>();
    std::istringstream in(configuration);
    std::string line;
    std::string wrong;
    while (std::getline(in, line)) {
        if (!set(line, *next)) {
            wrong += line + "\n";
        }
    }
    epoch++;
    forget_memory();
    state = std::move(next);
    changed.notify_all();
    return wrong;
}

namespace {

// Says at the end of a process what nobody in it can ask for.
void report() {
    fputs(double_violations(), stderr);
    fputs(double_leaks(), stderr);
}

}  // namespace

void start_by_environment() {
    const char *configuration = getenv("CUDA_DOUBLE");
    std::string wrong = start_anew(configuration == nullptr ? "" : configuration);
    if (configuration != nullptr) {
        fputs(wrong.c_str(), stderr);
        atexit(report);
    }
}

EXPORTED const char *double_reset(const char *configuration) {
    std::lock_guard<std::mutex> lock(mutex);
    said = start_anew(configuration);
    return said.c_str();
}

EXPORTED void double_fail_at(const char *function, int nth, int code, int sticky) {
    std::lock_guard<std::mutex> lock(mutex);
    state->injected.push_back({function, nth, code, sticky != 0});
}

EXPORTED void double_idle(int kernels) {
    std::lock_guard<std::mutex> lock(mutex);
    state->idle = kernels != 0;
}

EXPORTED void double_fail_kernel(int nth, int code) {
    std::lock_guard<std::mutex> lock(mutex);
    state->kernels_to_failure = nth;
    state->failure = code;
}

EXPORTED void double_stall(int nth) {
    std::lock_guard<std::mutex> lock(mutex);
    state->launches_to_stall = nth;
}

EXPORTED void double_release() {
    std::lock_guard<std::mutex> lock(mutex);
    state->launches_to_stall = 0;
    for (const CommandRef &command : state->pending) {
        command->stuck = false;
    }
    leave();
    changed.notify_all();
}

EXPORTED const char *double_violations() {
    std::lock_guard<std::mutex> lock(mutex);
    check_fences();
    return lines(state->violations);
}

EXPORTED const char *double_leaks() {
    std::lock_guard<std::mutex> lock(mutex);
    std::vector<std::string> leaks = state->left;
    for (const auto &entry : state->objects) {
        add_leak(leaks, *entry.second);
    }
    for (const auto &device : state->devices) {
        if (device->retained > 0) {
            leaks.push_back(
                    text("the primary context of device %d is retained %d times", device->number, device->retained));
        }
    }
    add_memory_leaks(leaks);
    std::sort(leaks.begin(), leaks.end());
    return lines(leaks);
}

EXPORTED const char *double_calls() {
    std::lock_guard<std::mutex> lock(mutex);
    return lines(state->calls);
}

// What the generated stubs answer with.
EXPORTED int double_not_modelled(const char *name) {
    return call(name, Needs::NOTHING, [] { answer(NOT_SUPPORTED); });
}
