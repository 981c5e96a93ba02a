// NCCL without GPUs, between the threads and processes of one host, on the double of the CUDA driver (device memory is host
// memory): what it has besides NCCL's own functions.
//
// Data goes through shared memory, and a process that dies is noticed by its socket. All ranks reduce in the order of their
// numbers, so that all get the same bits: integers wrap around, types of 16 and 8 bits are summed in single precision and
// rounded once. A collective ends on a stream when all ranks have come, a send when it has been received; calls of one
// communicator run in the order they were made, on whatever streams. What a real communicator would hang or corrupt memory
// for is told instead: ranks that make different calls get ncclInvalidUsage as their asynchronous error, and so do a send and
// a receive of different sizes; a communicator that was destroyed or aborted, or is not ready, is refused. A rank that dies or
// aborts gives the others ncclRemoteError, and what they have on streams stays there until they abort. Two ranks on one GPU
// are refused before 2.30, and from then on without NCCL_MULTI_RANK_GPU_ENABLE=1.
//
// Communicators whose calls do not wait come on when somebody asks for the state of one. Not modelled: graphs, several streams
// for one communicator within a group, several splits of one communicator at a time, splits within a group where calls wait,
// and how long anything would take.
#pragma once

#ifdef __cplusplus
extern "C" {
#endif

// Aborts all communicators, forgets injected faults, violations and leaks, and sets these; what is wrong with them, empty if nothing is. One setting a
// line, or between semicolons:
//   version CODE             as ncclGetVersion says it; 22304 otherwise
//   host NAME                GPUs of ranks with different names are different ones; the machine's name otherwise
//   late N                   so many questions for a communicator's state are answered with ncclInProgress after each call
//                            that need not wait
//   delay MICROSECONDS       that each collective takes at least
//   fail FUNCTION NTH CODE   the nth call of a function from now does nothing and answers a code; - for any function
//   async NTH CODE           the nth collective from now that begins on a stream gives its communicator an error and stays
//   silent NTH               the nth collective from now that begins on a stream stays there, and nobody is told
// A process that does not call it gets what the variable NCCL_DOUBLE says, and the violations and leaks on stderr at its end.
const char *nccl_double_reset(const char *configuration);

// Lines; valid until the next call of the same thread.
const char *nccl_double_violations(void);
const char *nccl_double_leaks(void);

#ifdef __cplusplus
}
#endif
