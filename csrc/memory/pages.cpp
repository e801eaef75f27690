#include "pages.h"

#include <cstddef>
#include <cstdlib>

#if defined(_WIN32)
#include <windows.h>
#else
#include <sys/mman.h>
#endif

namespace gw {

#if defined(_WIN32)

void* map_pages(int64_t bytes, Pages) {
    return VirtualAlloc(nullptr, static_cast<size_t>(bytes), MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE);
}

void unmap_pages(void* start, int64_t) {
    if (start) VirtualFree(start, 0, MEM_RELEASE);
}

#else

namespace {

constexpr size_t LARGE_PAGE = size_t{2} << 20;

#if defined(MAP_NORESERVE)
constexpr int NORESERVE = MAP_NORESERVE;
#else
constexpr int NORESERVE = 0;
#endif

char* map(size_t bytes, int flags) {
    void* start = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | flags, -1, 0);
    return start == MAP_FAILED ? nullptr : static_cast<char*>(start);
}

// One large page more than asked for has an aligned start in it; what lies around goes back.
char* map_aligned(size_t bytes) {
    char* start = map(bytes + LARGE_PAGE, 0);
    if (!start) return nullptr;
    const size_t before = (LARGE_PAGE - reinterpret_cast<uintptr_t>(start) % LARGE_PAGE) % LARGE_PAGE;
    if (before) munmap(start, before);
    munmap(start + before + bytes, LARGE_PAGE - before);
    return start + before;
}

}  // namespace

// Advice that the system does not take changes speed only, so its answer is not looked at.
void* map_pages(int64_t bytes, Pages kind) {
    const size_t size = static_cast<size_t>(bytes);
    char* start = kind == Pages::LARGE ? map_aligned(size) : map(size, NORESERVE);
#if defined(__linux__)
    if (start) madvise(start, size, kind == Pages::LARGE ? MADV_HUGEPAGE : MADV_NOHUGEPAGE);
#endif
    return start;
}

void unmap_pages(void* start, int64_t bytes) {
    if (start) munmap(start, static_cast<size_t>(bytes));
}

#endif

}  // namespace gw
