// A CUDA driver without a GPU: what it has besides the driver's own functions. Kernels run by their emulated twins, in the
// order that streams and events demand and in no other.
//
// Handles and addresses are never given out twice, new memory holds NaNs, and one thread at a time is in the driver. Not
// modelled: blocks of more than one dimension, the streams of threads, arrays and textures, graphs that are not captured,
// memory nodes and graphs in graphs, and how long anything would take on a device.
#pragma once

#ifdef __cplusplus
extern "C" {
#endif

// For other doubles (cuBLAS): puts a function on a stream as if it were a kernel, as cuLaunchKernel would answer. It runs
// when the stream gets to it, as often as a captured graph is launched, and may call double_memory, nothing else. The
// argument is dropped once, when it cannot run any more or was not taken; drop may call nothing.
int double_enqueue(void *stream, void (*run)(void *), void *argument, void (*drop)(void *));

// The same for a function that other threads or processes take part in (NCCL): it is tried again and again and answers 0
// while it can do nothing, 2 when it has done a part, 1 at its end. A call that waits for it lets go of the driver in between
// and runs whatever else is permitted in this process. `drop` takes the argument back, once, whatever becomes of the
// function: a context that fails ends it untried.
int double_enqueue_poll(void *stream, int (*attempt)(void *), void *argument, void (*drop)(void *));

// Goes on with all of those as far as that is possible without waiting: a device would, whether somebody asks or not.
void double_advance(void);

// Whether a range of device memory is allocated as a whole; within double_enqueue's function, at that point of the stream.
int double_memory(unsigned long long address, unsigned long long bytes);

// Starts from nothing; what is wrong with the configuration, empty if nothing is. One setting a line:
//   device MEMORY CAPABILITY MULTIPROCESSORS MIG NAME   once per device, in order
//   driver VERSION          as cuDriverGetVersion says it
//   peers 0|1               whether devices can reach each other
//   pools 0|1               whether there is stream-ordered memory
//   order late|hasty|eager  see schedule.cpp
//   seed NUMBER
//   lost 0|1                whether a context that failed stays so for ever
//   idle 0|1                as double_idle
// A process that does not call it gets what the variable CUDA_DOUBLE says, and the violations and leaks on stderr at its end.
const char *double_reset(const char *configuration);

// The nth call from now of a function (empty: of any) does nothing and answers a code; sticky: so does every call after.
void double_fail_at(const char *function, int nth, int code, int sticky);

// Whether kernels and copies come and go and do nothing, for tests of many runs or of large ones, whose memory then never
// becomes real.
void double_idle(int kernels);

// The nth kernel from now that a device begins fails with a code that sticks to its context.
void double_fail_kernel(int nth, int code);

// The nth kernel from now never ends, and what waits for it waits until double_release.
void double_stall(int nth);
void double_release(void);

// Lines; valid until the next call of the same thread.
const char *double_violations(void);
const char *double_leaks(void);
const char *double_calls(void);

#ifdef __cplusplus
}
#endif
