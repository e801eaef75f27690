#include "processors.h"

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <string>
#include <thread>

#if defined(__linux__)
#include <sched.h>
#endif

namespace gw {
namespace {

int32_t allowed_by_affinity() {
#if defined(__linux__)
    // The kernel refuses a mask smaller than its own, so the mask grows until it fits.
    for (int most = 1024; most <= (1 << 20); most *= 4) {
        cpu_set_t* mask = CPU_ALLOC(most);
        if (!mask) break;
        const size_t bytes = CPU_ALLOC_SIZE(most);
        const int count = sched_getaffinity(0, bytes, mask) == 0 ? CPU_COUNT_S(bytes, mask) : 0;
        CPU_FREE(mask);
        if (count > 0) return count;
    }
#endif
    return std::max<int32_t>(1, static_cast<int32_t>(std::thread::hardware_concurrency()));
}

std::string first_line(const std::string& path) {
    char line[4096] = "";
    if (FILE* file = std::fopen(path.c_str(), "re")) {
        if (!std::fgets(line, sizeof line, file)) line[0] = '\0';
        std::fclose(file);
    }
    return line;
}

// "QUOTA PERIOD" in microseconds, or "max PERIOD".
int32_t rounded_up(const std::string& text) {
    long long quota = 0, period = 0;
    if (std::sscanf(text.c_str(), "%lld %lld", &quota, &period) != 2 || quota <= 0 || period <= 0) return 0;
    return static_cast<int32_t>(std::min<long long>((quota + period - 1) / period, 1 << 20));
}

int32_t fewer(int32_t a, int32_t b) { return a == 0 || b == 0 ? std::max(a, b) : std::min(a, b); }

// Path of this process in the unified hierarchy ("0::/a/b"), "" when there is none.
std::string unified_group(const char* self) {
    std::string found;
    if (FILE* file = std::fopen(self, "re")) {
        char line[4096];
        while (std::fgets(line, sizeof line, file)) {
            if (std::strncmp(line, "0::/", 4) == 0) found = std::string(line + 3, std::strcspn(line + 3, "\n"));
        }
        std::fclose(file);
    }
    return found;
}

}  // namespace

int32_t granted_processors(const char* root, const char* self) {
    const std::string top = root;
    const std::string old = top + "/cpu/cpu.cfs_";  // version 1 shows a container its own group at the root
    int32_t granted = rounded_up(first_line(old + "quota_us") + " " + first_line(old + "period_us"));
    std::string group = unified_group(self);
    for (;;) {  // every group on the way up has a say
        granted = fewer(granted, rounded_up(first_line(top + group + "/cpu.max")));
        if (group.empty()) return granted;
        group.resize(group.rfind('/'));
    }
}

int32_t processors() {
    static const int32_t count = [] {
        int32_t found = allowed_by_affinity();
#if defined(__linux__)
        try {
            found = fewer(found, granted_processors("/sys/fs/cgroup", "/proc/self/cgroup"));
        } catch (...) {  // no memory for a path: then without it
        }
#endif
        return found;
    }();
    return count;
}

}  // namespace gw
