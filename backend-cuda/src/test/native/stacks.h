// Goes from one stack to another and back. By hand on x86-64, since swapcontext asks the kernel for the signal mask every
// time; sanitizers must be told, so they get the slow way.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include <memory>

#if defined(__x86_64__) && !defined(__SANITIZE_ADDRESS__)
#define FAST_STACKS
#else
#include <ucontext.h>
#endif

#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/common_interface_defs.h>
#endif

namespace emulation {

constexpr size_t STACK = 64 << 10;
// Without it, the tops of all stacks fall into the same few lines of the cache.
constexpr size_t SHIFT = 320;

#if defined(FAST_STACKS)

struct Stack {
    void *top = nullptr;
    std::unique_ptr<char[]> memory;
};

__attribute__((naked, noinline)) inline void go(Stack &, Stack &) {
    asm("pushq %rbp\n\tpushq %rbx\n\tpushq %r12\n\tpushq %r13\n\tpushq %r14\n\tpushq %r15\n\t"
        "movq %rsp, (%rdi)\n\tmovq (%rsi), %rsp\n\t"
        "popq %r15\n\tpopq %r14\n\tpopq %r13\n\tpopq %r12\n\tpopq %rbx\n\tpopq %rbp\n\tret");
}

inline void prepare(Stack &stack, size_t number, void (*entry)()) {
    stack.memory.reset(new char[STACK]);
    uintptr_t end = reinterpret_cast<uintptr_t>(stack.memory.get() + STACK - number % 32 * SHIFT) & ~uintptr_t(15);
    // Six registers, where to go, and a return address that nobody returns to.
    void **top = reinterpret_cast<void **>(end) - 8;
    for (int i = 0; i < 8; i++) {
        top[i] = nullptr;
    }
    top[6] = reinterpret_cast<void *>(entry);
    stack.top = top;
}

inline void arrived(Stack &) {}

#else

struct Stack {
    ucontext_t context;
    std::unique_ptr<char[]> memory;
    void *fake = nullptr;
    const void *bottom = nullptr;
    size_t size = 0;
};

inline void go(Stack &from, Stack &to) {
#if defined(__SANITIZE_ADDRESS__)
    __sanitizer_start_switch_fiber(&from.fake, to.bottom, to.size);
#endif
    swapcontext(&from.context, &to.context);
#if defined(__SANITIZE_ADDRESS__)
    __sanitizer_finish_switch_fiber(from.fake, nullptr, nullptr);
#endif
}

inline void prepare(Stack &stack, size_t, void (*entry)()) {
    stack.memory.reset(new char[STACK]);
    stack.bottom = stack.memory.get();
    stack.size = STACK;
    getcontext(&stack.context);
    stack.context.uc_stack.ss_sp = stack.memory.get();
    stack.context.uc_stack.ss_size = STACK;
    stack.context.uc_link = nullptr;
    makecontext(&stack.context, entry, 0);
}

// What runs first on a new stack; `from` is where it was started from.
inline void arrived([[maybe_unused]] Stack &from) {
#if defined(__SANITIZE_ADDRESS__)
    __sanitizer_finish_switch_fiber(nullptr, &from.bottom, &from.size);
#endif
}

#endif

}  // namespace emulation
