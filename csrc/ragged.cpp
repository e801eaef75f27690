#include "ragged.h"

#include <algorithm>
#include <numeric>

namespace gw {

void longest_first(const int64_t* offsets, int64_t sequences, int64_t* order) {
    std::iota(order, order + sequences, int64_t{0});
    const auto length = [offsets](int64_t s) { return offsets[s + 1] - offsets[s]; };
    std::sort(order, order + sequences, [&length](int64_t a, int64_t b) {
        return length(a) != length(b) ? length(a) > length(b) : a < b;
    });
}

int64_t group_size(int64_t sequences, int32_t threads) {
    const int64_t fewest = (sequences + LARGEST_GROUP - 1) / LARGEST_GROUP;
    const int64_t groups = (fewest + threads - 1) / threads * threads;
    return std::max<int64_t>(1, (sequences + groups - 1) / std::max<int64_t>(1, groups));
}

}  // namespace gw
