#include "ptx.h"

#include <stdlib.h>
#include <string.h>

#include <mutex>
#include <string_view>
#include <unordered_map>

namespace {

constexpr const char *SPACE = " \t\r\n";

// Comments could hold anything.
std::string without_comments(const std::string &text) {
    std::string out;
    for (size_t at = 0; at < text.size();) {
        size_t end = text.find('\n', at);
        end = end == std::string::npos ? text.size() : end + 1;
        // Within the line: most files have no comments to stop at.
        std::string_view line = std::string_view(text).substr(at, end - at);
        size_t comment = line.find("//");
        out.append(line.substr(0, comment));
        if (comment != std::string_view::npos) {
            out.push_back('\n');
        }
        at = end;
    }
    return out;
}

// The word after a directive, empty if it is not there.
std::string word_after(const std::string &text, const char *directive, size_t from, size_t to) {
    size_t at = text.find(directive, from);
    if (at >= to) {
        return "";
    }
    at = text.find_first_not_of(SPACE, at + strlen(directive));
    if (at >= to) {
        return "";
    }
    return text.substr(at, text.find_first_of(" \t\r\n(,;", at) - at);
}

int tenfold(const std::string &version) {
    size_t dot = version.find('.');
    return dot == std::string::npos ? 0 : 10 * atoi(version.c_str()) + atoi(version.c_str() + dot + 1);
}

std::vector<size_t> parameters(const std::string &text, size_t from, size_t to) {
    std::vector<size_t> out;
    for (size_t at = text.find(".param", from); at < to; at = text.find(".param", at + 1)) {
        std::string type = word_after(text, ".param", at, to);
        size_t digits = type.find_first_of("0123456789");
        out.push_back(digits == std::string::npos ? 0 : atoi(type.c_str() + digits) / 8);
    }
    return out;
}

int shared_bytes(const std::string &text, size_t from, size_t to) {
    int out = 0;
    for (size_t at = text.find("\n\t.shared", from); at < to; at = text.find("\n\t.shared", at + 1)) {
        size_t bracket = text.find('[', at);
        if (bracket < text.find(';', at)) {
            out += atoi(text.c_str() + bracket + 1);
        }
    }
    return out;
}

Ptx read(const std::string &commented) {
    std::string text = without_comments(commented);
    Ptx out;
    out.version = tenfold(word_after(text, ".version", 0, text.size()));
    std::string target = word_after(text, ".target", 0, text.size());
    out.target = target.compare(0, 3, "sm_") == 0 ? atoi(target.c_str() + 3) : 0;
    for (size_t at = text.find(".entry "); at < text.size();) {
        size_t next = text.find(".entry ", at + 1);
        size_t end = next < text.size() ? next : text.size();
        PtxEntry entry;
        entry.name = word_after(text, ".entry", at, end);
        entry.parameters = parameters(text, at, text.find(')', at));
        entry.most_threads = atoi(word_after(text, ".maxntid", at, end).c_str());
        entry.shared = shared_bytes(text, at, end);
        out.entries.push_back(entry);
        at = next;
    }
    return out;
}

}  // namespace

// Megabytes, of which a test may load the same hundreds of times.
Ptx read_ptx(const std::string &text) {
    static std::mutex lock;
    static std::unordered_map<std::string, Ptx> known;
    std::lock_guard<std::mutex> guard(lock);
    auto at = known.find(text);
    return at != known.end() ? at->second : known.emplace(text, read(text)).first->second;
}

// By the table of release notes in NVIDIA's PTX ISA.
int newest_ptx(int driver_version) {
    static const int TABLE[][2] = {{13000, 90}, {12090, 88}, {12080, 87}, {12070, 86}, {12050, 85}, {12040, 84},
            {12030, 83}, {12020, 82}, {12010, 81}, {12000, 80}, {11080, 78}, {11070, 77}, {11060, 76}, {11050, 75},
            {11040, 74}, {11030, 73}, {11020, 72}, {11010, 71}, {11000, 70}, {10020, 65}, {10010, 64}, {10000, 63}};
    for (const auto &row : TABLE) {
        if (driver_version >= row[0]) {
            return row[1];
        }
    }
    return 0;
}
