// What a driver reads off PTX before it compiles it.
#pragma once

#include <string>
#include <vector>

struct PtxEntry {
    std::string name;
    std::vector<size_t> parameters;
    // Zero where the text sets no limit.
    int most_threads = 0;
    int shared = 0;
};

struct Ptx {
    // Times ten, and of compute capability as well.
    int version = 0;
    int target = 0;
    std::vector<PtxEntry> entries;
};

// Without a version if the text is no PTX.
Ptx read_ptx(const std::string &text);
// The newest version of PTX that a driver knows, times ten.
int newest_ptx(int driver_version);
