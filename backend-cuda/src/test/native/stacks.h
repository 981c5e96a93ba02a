// Goes from one stack to another and back. By hand on x86-64, since swapcontext asks the kernel for the signal mask every
// time; sanitizers must be told, so they get the slow way.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include <memory>

#if defined(__x86_64__) && !defined(__AVX512F__) && !defined(__SANITIZE_ADDRESS__)
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

// Neither a call nor a return: the processor would predict them by the stack that it has just left.
__attribute__((always_inline)) inline void go(Stack &from, Stack &to) {
    void **left = &from.top;
    void *next = to.top;
    asm volatile(
            // Below is what a function may keep without having moved its stack pointer.
            "leaq -128(%%rsp), %%rsp\n\t"
            "pushq %%rbp\n\t"
            "leaq 1f(%%rip), %%rax\n\t"
            "pushq %%rax\n\t"
            "movq %%rsp, (%0)\n\t"
            "movq %1, %%rsp\n\t"
            "popq %%rax\n\t"
            "jmp *%%rax\n"
            "1:\n\t"
            "popq %%rbp\n\t"
            "leaq 128(%%rsp), %%rsp"
            : "+D"(left), "+S"(next)
            :
            : "rax", "rbx", "rcx", "rdx", "r8", "r9", "r10", "r11", "r12", "r13", "r14", "r15", "xmm0", "xmm1", "xmm2",
              "xmm3", "xmm4", "xmm5", "xmm6", "xmm7", "xmm8", "xmm9", "xmm10", "xmm11", "xmm12", "xmm13", "xmm14",
              "xmm15", "cc", "memory");
}

inline void prepare(Stack &stack, size_t number, void (*entry)()) {
    stack.memory.reset(new char[STACK]);
    uintptr_t end = reinterpret_cast<uintptr_t>(stack.memory.get() + STACK - number % 32 * SHIFT) & ~uintptr_t(15);
    // Where to go, and a return address that nobody returns to.
    void **top = reinterpret_cast<void **>(end) - 2;
    top[0] = reinterpret_cast<void *>(entry);
    top[1] = nullptr;
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
