// Checks for the C++ tests: a failed one is told and counted, and main returns finish().
#pragma once

#include <atomic>
#include <cstdio>

namespace gw_test {

inline std::atomic<int> failures{0};

inline void check(bool holds, const char* text, const char* file, int line) {
    if (holds) return;
    std::fprintf(stderr, "%s:%d: not so: %s\n", file, line, text);
    ++failures;
}

inline int finish() {
    if (failures) std::fprintf(stderr, "%d checks failed\n", failures.load());
    return failures ? 1 : 0;
}

}  // namespace gw_test

#define CHECK(condition) gw_test::check((condition), #condition, __FILE__, __LINE__)

#if defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define GW_THREAD_SANITIZER
#elif __has_feature(address_sanitizer)
#define GW_ADDRESS_SANITIZER
#endif
#elif defined(__SANITIZE_THREAD__)
#define GW_THREAD_SANITIZER
#elif defined(__SANITIZE_ADDRESS__)
#define GW_ADDRESS_SANITIZER
#endif
#if defined(GW_THREAD_SANITIZER) || defined(GW_ADDRESS_SANITIZER)
#define GW_SANITIZER
#endif
