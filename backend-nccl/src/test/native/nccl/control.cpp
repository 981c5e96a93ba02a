// What tests set and ask.
#include <stdlib.h>
#include <unistd.h>

#include <algorithm>
#include <sstream>

#include "comms.h"

namespace {

struct Injected {
    std::string function;
    int left;
    int code;
};

// Under a lock of its own, which is held for no call of others.
struct Notes {
    std::mutex lock;
    std::vector<Injected> calls;
    std::vector<Injected> collectives;
    std::vector<std::string> violations;
    std::string error;
    int memory = 0;
};

Notes &notes = *new Notes;
Settings &set = *new Settings;
thread_local std::string said;

bool configure(const std::string &line) {
    std::istringstream words(line);
    std::string what;
    words >> what;
    Injected injected{"", 0, 0};
    if (what == "version") {
        words >> set.version;
    } else if (what == "host") {
        words >> set.host;
    } else if (what == "late") {
        words >> set.late;
    } else if (what == "delay") {
        words >> set.delay_micros;
    } else if (what == "fail") {
        words >> injected.function >> injected.left >> injected.code;
        notes.calls.push_back(injected);
    } else if (what == "async") {
        words >> injected.left >> injected.code;
        notes.collectives.push_back(injected);
    } else if (what == "silent") {
        words >> injected.left;
        injected.code = -1;
        notes.collectives.push_back(injected);
    } else {
        return false;
    }
    return !words.fail();
}

std::string start_anew(std::string configuration) {
    char name[64] = "";
    gethostname(name, sizeof name - 1);
    std::lock_guard<std::mutex> lock(notes.lock);
    set = Settings();
    set.host = name;
    notes.calls.clear();
    notes.collectives.clear();
    notes.violations.clear();
    notes.error.clear();
    notes.memory = 0;
    std::replace(configuration.begin(), configuration.end(), ';', '\n');
    std::istringstream in(configuration);
    std::string line;
    std::string wrong;
    while (std::getline(in, line)) {
        if (line.find_first_not_of(' ') != std::string::npos && !configure(line)) {
            wrong += line + "\n";
        }
    }
    return wrong;
}

void report() {
    fputs(nccl_double_violations(), stderr);
    fputs(nccl_double_leaks(), stderr);
}

// The library is loaded before anybody can reset it.
bool start_by_environment() {
    const char *configuration = getenv("NCCL_DOUBLE");
    std::string wrong = start_anew(configuration == nullptr ? "" : configuration);
    if (configuration != nullptr) {
        fputs(wrong.c_str(), stderr);
        atexit(report);
    }
    return true;
}

const bool started = start_by_environment();

int due(std::vector<Injected> &all, const std::string &function) {
    std::lock_guard<std::mutex> lock(notes.lock);
    int code = 0;
    for (Injected &injected : all) {
        bool meant = injected.function == "-" || injected.function == function;
        if (meant && --injected.left == 0 && code == 0) {
            code = injected.code;
        }
    }
    return code;
}

}  // namespace

Settings &settings() {
    return set;
}

void violation(const std::string &what) {
    std::lock_guard<std::mutex> lock(notes.lock);
    notes.violations.push_back(what);
}

void say_error(const std::string &what) {
    std::lock_guard<std::mutex> lock(notes.lock);
    notes.error = what;
}

void count_memory(int change) {
    std::lock_guard<std::mutex> lock(notes.lock);
    notes.memory += change;
}

ncclResult_t injected(const char *function) {
    int code = due(notes.calls, function);
    if (code != 0) {
        say_error(text("the double was told to fail in %s", function));
    }
    return static_cast<ncclResult_t>(code);
}

int injected_collective() {
    return due(notes.collectives, "");
}

EXPORTED const char *ncclGetLastError(ncclComm_t) {
    std::lock_guard<std::mutex> lock(notes.lock);
    said = notes.error;
    return said.c_str();
}

EXPORTED const char *nccl_double_reset(const char *configuration) {
    std::lock_guard<std::mutex> lock(guard);
    for (const CommRef &comm : live()) {
        comm->aborted = true;
        forget(comm);
    }
    said = start_anew(configuration);
    return said.c_str();
}

EXPORTED const char *nccl_double_violations() {
    std::lock_guard<std::mutex> lock(notes.lock);
    said.clear();
    for (const std::string &line : notes.violations) {
        said += line + "\n";
    }
    return said.c_str();
}

EXPORTED const char *nccl_double_leaks() {
    std::lock_guard<std::mutex> lock(guard);
    said.clear();
    for (const CommRef &comm : live()) {
        said += text("rank %d of %d of a communicator was neither destroyed nor aborted\n", comm->rank, comm->size);
        if (comm->registrations > 0) {
            said += text("%d buffers of it were not deregistered\n", comm->registrations);
        }
    }
    if (notes.memory > 0) {
        said += text("%d pieces of memory were not given back\n", notes.memory);
    }
    return said.c_str();
}
