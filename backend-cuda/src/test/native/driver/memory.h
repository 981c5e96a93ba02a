#pragma once

#include "driver.h"

enum class Place { DEVICE, PINNED, PAGEABLE };

// What holds an address, gone or not; null if nothing ever has.
Allocation *allocation_at(uint64_t address);
Allocation *allocate(Device *device, uint64_t bytes);
void release(Allocation *allocation);
// Everything that a context owns.
void free_all(Context *context);
void forget_memory();
void check_fences();
void add_memory_leaks(std::vector<std::string> &leaks);
void give_to_pool(Allocation *allocation);
void trim_pools();

// Where a range lies; refuses one that is not whole.
Place place(uint64_t address, uint64_t bytes);
// At execution: why a range cannot be used, by a kernel of a context if there is one; empty if it can.
std::string fault(Context *context, uint64_t address, uint64_t bytes);
bool reaches(Context *context, const Allocation &allocation);
uint64_t take_host(uint64_t bytes);
void drop_host(uint64_t base, uint64_t bytes);
