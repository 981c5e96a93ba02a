// Commands and the order they run in. Nothing runs when it is put on a stream:
//   late   a command runs when a call waits for it or for one that comes after it, in a random order among what is permitted
//   hasty  the same, but any others that are permitted may run too
//   eager  commands run before the call that made them returns
#include "schedule.h"

#include <time.h>

#include <algorithm>
#include <chrono>
#include <thread>

namespace {

int64_t now() {
    timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1000000000LL + t.tv_nsec;
}

size_t below(size_t limit) {
    return state->random() % limit;
}

void finish(const CommandRef &command) {
    command->done = true;
    command->after.clear();
    command->work.run = nullptr;
    command->work.attempt = nullptr;
    for (const CommandRef &next : command->next) {
        if (--next->waiting == 0) {
            state->ready.push_back(next);
        }
    }
    command->next.clear();
    state->pending.erase(command);
}

int outcome(Command *command) {
    if (command->work.kernel && state->kernels_to_failure > 0 && --state->kernels_to_failure == 0) {
        return state->failure;
    }
    return command->work.run ? command->work.run() : SUCCESS;
}

// Whether it came to its end; what did not stays ready.
Attempt perform(size_t index) {
    CommandRef command = state->ready[index];
    Context *context = command->context;
    // A context that has failed does nothing any more, yet what waits for it goes on.
    if (context->alive && context->failed == 0) {
        int code = command->begun ? SUCCESS : outcome(command.get());
        command->begun = true;
        if (code != SUCCESS) {
            context->failed = code;
        } else if (command->work.attempt && !state->idle) {
            Attempt attempt = command->work.attempt();
            if (attempt != Attempt::DONE) {
                return attempt;
            }
        }
    }
    state->ready[index] = state->ready.back();
    state->ready.pop_back();
    command->nanos = now();
    finish(command);
    return Attempt::DONE;
}

// Runs one ready command that a condition permits, or a part of it; whether there was one.
template <typename C>
bool run_one(C permits) {
    std::vector<size_t> choice;
    for (size_t i = 0; i < state->ready.size(); i++) {
        if (!state->ready[i]->stuck && permits(*state->ready[i])) {
            choice.push_back(i);
        }
    }
    while (!choice.empty()) {
        size_t pick = below(choice.size());
        if (perform(choice[pick]) != Attempt::NOTHING) {
            return true;
        }
        choice[pick] = choice.back();
        choice.pop_back();
    }
    return false;
}

// Marks what must run before a command has, and itself.
void mark_needed(const std::vector<CommandRef> &commands) {
    uint64_t mark = ++state->mark;
    std::vector<Command *> open;
    for (const CommandRef &command : commands) {
        open.push_back(command.get());
    }
    while (!open.empty()) {
        Command *command = open.back();
        open.pop_back();
        if (command != nullptr && !command->done && command->mark != mark) {
            command->mark = mark;
            for (const CommandRef &before : command->after) {
                open.push_back(before.get());
            }
        }
    }
}

bool any(const Command &) {
    return true;
}

// Whether a command is ready that is tried until it is done.
bool polling() {
    return std::any_of(state->ready.begin(), state->ready.end(), [](const CommandRef &c) {
        return !c->stuck && c->work.attempt != nullptr;
    });
}

// Lets other threads and processes come on with what a command of this one waits for.
void wait_for_others(int times) {
    if (times < 100) {
        held->unlock();
        std::this_thread::yield();
        held->lock();
    } else {
        changed.wait_for(*held, std::chrono::microseconds(50));
    }
}

// Waits for what is not in the hands of this thread, the nth time in a row.
void wait_for_release(int times) {
    uint64_t before = epoch;
    if (polling()) {
        wait_for_others(times);
        if (epoch != before) {
            answer(DEINITIALIZED);
        }
        return;
    }
    bool stalled = std::any_of(state->pending.begin(), state->pending.end(), [](const CommandRef &c) { return c->stuck; });
    if (!stalled) {
        refuse(UNKNOWN, "commands wait for each other, which is a fault of this double");
    }
    changed.wait(*held);
    if (epoch != before) {
        answer(DEINITIALIZED);
    }
}

bool done(const std::vector<CommandRef> &commands) {
    return std::all_of(
            commands.begin(), commands.end(), [](const CommandRef &c) { return c == nullptr || c->done; });
}

}  // namespace

void depend(const CommandRef &command, const CommandRef &before) {
    if (before != nullptr && !before->done) {
        command->after.push_back(before);
        before->next.push_back(command);
        command->waiting++;
    }
}

CommandRef make(Context *context, const Work &work) {
    CommandRef command = std::make_shared<Command>();
    command->work = work;
    command->context = context;
    if (work.kernel && state->launches_to_stall > 0 && --state->launches_to_stall == 0) {
        command->stuck = true;
    }
    if (work.awaits != nullptr) {
        depend(command, work.awaits->last);
    }
    if (work.records != nullptr) {
        work.records->last = command;
        work.records->capture.reset();
    }
    return command;
}

// After what is on the stream; the null stream's commands also after those of streams that heed it, and the other way round.
void order_in_stream(Stream *stream, const CommandRef &command) {
    Context *context = stream->context;
    depend(command, stream->last);
    depend(command, context->barrier);
    if (stream != context->null_stream) {
        if (stream->blocking()) {
            depend(command, context->null_stream->last);
        }
        return;
    }
    for (Stream *other : context->streams) {
        if (other != stream && other->blocking()) {
            depend(command, other->last);
        }
    }
}

void submit(const CommandRef &command) {
    state->pending.insert(command);
    if (command->waiting == 0) {
        state->ready.push_back(command);
    }
}

CommandRef enqueue(Stream *stream, Work work) {
    if (stream->capture != nullptr) {
        add_node(stream, work);
        return nullptr;
    }
    no_capture(stream);
    CommandRef command = make(stream->context, work);
    order_in_stream(stream, command);
    stream->last = command;
    submit(command);
    return command;
}

void wait_for(const std::vector<CommandRef> &commands) {
    int times = 0;
    while (!done(commands)) {
        mark_needed(commands);
        uint64_t mark = state->mark;
        while (!done(commands)) {
            bool all = state->order == Order::HASTY && below(2) == 0;
            if (run_one([=](const Command &c) { return all || c.mark == mark; }) ||
                run_one([=](const Command &c) { return c.mark == mark; })) {
                times = 0;
            } else if (polling() && run_one(any)) {
                // Nothing that is needed can go on, so what it waits for may be on another stream of this process.
                times = 0;
            } else {
                wait_for_release(times++);
                break;
            }
        }
    }
}

void advance() {
    std::vector<CommandRef> commands;
    for (const CommandRef &command : state->pending) {
        if (command->work.attempt) {
            commands.push_back(command);
        }
    }
    mark_needed(commands);
    uint64_t mark = state->mark;
    while (run_one([=](const Command &c) { return c.mark == mark; })) {
    }
}

void wait_for_context(Context *context) {
    std::vector<CommandRef> commands;
    for (const CommandRef &command : state->pending) {
        if (command->context == context) {
            commands.push_back(command);
        }
    }
    wait_for(commands);
}

bool ask(const CommandRef &command) {
    if (command == nullptr || command->done) {
        return true;
    }
    run_one(any);
    // The device may have ended it without the host seeing so yet.
    return command->done && below(3) == 0;
}

void run_everything() {
    while (run_one(any)) {
    }
}

void drop_everything(State &dropped) {
    for (const CommandRef &command : dropped.pending) {
        command->after.clear();
        command->next.clear();
    }
    dropped.pending.clear();
    dropped.ready.clear();
}
