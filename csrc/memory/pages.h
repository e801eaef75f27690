// Memory straight from the system: zeros, provided page by page when touched, gone when given back.
#pragma once

#include <cstdint>

namespace gw {

enum class Pages {
    LARGE,    // on 2 MiB pages where the system has them: fewer faults and misses for what is used whole
    AS_TOUCHED  // on small ones: for what is used here and there, so that the rest costs nothing
};

// Aligned to 64 at least. nullptr when there is no memory.
void* map_pages(int64_t bytes, Pages kind);
void unmap_pages(void* start, int64_t bytes);  // with the same `bytes`

}  // namespace gw
