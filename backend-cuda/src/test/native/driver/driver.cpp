// What every function of the driver shares.
#include "driver.h"

#include <stdarg.h>

#include <algorithm>

#include "memory.h"
#include "schedule.h"

namespace {

// The contexts of a thread, the current one last.
struct Stack {
    uint64_t epoch = 0;
    std::vector<void *> handles;
};

thread_local Stack stack;

bool means(const std::string &asked, const char *name) {
    return asked.empty() || asked == name || asked + "_v2" == name || asked + "_v3" == name;
}

// All count the call, the first whose turn it is answers it.
void inject(const char *name) {
    int code = SUCCESS;
    for (Injected &injected : state->injected) {
        if (means(injected.function, name) && --injected.left == 0 && code == SUCCESS) {
            code = injected.code;
            Context *context = current_or_null();
            if (injected.sticky && context != nullptr) {
                context->failed = code;
            }
        }
    }
    if (code != SUCCESS) {
        answer(code);
    }
}

void note_left(const Object *object) {
    if (object->context->failed == 0) {
        state->left.push_back(text("%s %p was left to its context", object->kind(), object->handle));
    }
}

}  // namespace

// The next state is there already.
State::~State() {
    drop_everything(*this);
}

std::string text(const char *format, ...) {
    char out[512];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(out, sizeof out, format, arguments);
    va_end(arguments);
    return out;
}

void violation(const std::string &what) {
    state->violations.push_back(what);
}

void refuse(int code, const std::string &what) {
    violation(std::string(state->function) + ": " + what);
    answer(code);
}

void enter(const char *name, Needs needs) {
    if (state == nullptr) {
        start_by_environment();
    }
    state->function = name;
    state->calls.push_back(name);
    inject(name);
    if (needs != Needs::NOTHING && !state->initialized) {
        refuse(NOT_INITIALIZED, "cuInit was not called");
    }
    if (needs == Needs::CONTEXT) {
        current();
    }
}

void leave() {
    if (state->order == Order::EAGER) {
        run_everything();
    }
}

std::vector<void *> &context_stack() {
    if (stack.epoch != epoch) {
        stack = {epoch, {}};
    }
    return stack.handles;
}

Context *current_or_null() {
    std::vector<void *> &handles = context_stack();
    if (handles.empty()) {
        return nullptr;
    }
    auto at = state->objects.find(handles.back());
    Context *context = at == state->objects.end() ? nullptr : dynamic_cast<Context *>(at->second.get());
    return context != nullptr && context->alive ? context : nullptr;
}

void check_works(Context *context) {
    if (!context->alive) {
        refuse(CONTEXT_IS_DESTROYED, text("context %p was destroyed before", context->handle));
    }
    if (context->failed != 0) {
        answer(context->failed);
    }
}

Context *current() {
    if (context_stack().empty()) {
        refuse(INVALID_CONTEXT, "no context is current");
    }
    Context *context = dynamic_cast<Context *>(state->objects.at(context_stack().back()).get());
    check_works(context);
    return context;
}

Device *device(CUdevice number) {
    if (number < 0 || static_cast<size_t>(number) >= state->devices.size()) {
        answer(INVALID_DEVICE);
    }
    return state->devices[number].get();
}

Stream *stream(CUstream handle) {
    uintptr_t number = reinterpret_cast<uintptr_t>(handle);
    if (number == 0 || number == LEGACY_STREAM) {
        return current()->null_stream;
    }
    if (number == PER_THREAD_STREAM) {
        refuse(NOT_SUPPORTED, "the streams of threads are not modelled");
    }
    Stream *out = find<Stream>(handle);
    check_works(out->context);
    return out;
}

Stream *own_stream(CUstream handle) {
    Stream *out = stream(handle);
    if (out->context != current()) {
        refuse(INVALID_HANDLE, text("stream %p belongs to another context than the current one", handle));
    }
    return out;
}

void destroy_children(Context *context) {
    auto &captures = state->captures;
    captures.erase(std::remove_if(captures.begin(), captures.end(), [=](const std::shared_ptr<Capture> &capture) {
        return capture->origin->context == context;
    }), captures.end());
    for (auto &entry : state->objects) {
        Object *object = entry.second.get();
        if (object->context == context && object->alive && !object->internal && object->kind() != Function::KIND) {
            note_left(object);
            object->alive = false;
        }
    }
    free_all(context);
    context->streams = {context->null_stream};
    context->null_stream->last = nullptr;
    context->barrier = nullptr;
    context->reaches.clear();
    for (auto &entry : state->objects) {
        if (Context *other = dynamic_cast<Context *>(entry.second.get())) {
            other->reaches.erase(context);
        }
    }
}
