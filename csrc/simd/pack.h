// Weights laid out for `product`.
#pragma once

#include "product.h"

namespace gw::GW_ISA {
namespace {

// Added to the width of rows in scratch memory, so that they do not all begin at the same place of a cache.
constexpr int64_t SKEW = 16;

// Elements of a panel set for sums over `depth` factors and `width` columns.
template <class P>
GW_INLINE int64_t packed_size(int64_t depth, int64_t width) {
    return ceil_div(depth, P::PACK) * P::PACK * padded(width);
}

// out[panel][k][column][pair] = value(k, column), zero outside depth and width. All panels but the last are PANEL
// vectors wide, so panel p begins at p * PANEL * LANES * (depth rounded up to PACK).
template <class P, class Value>
void pack(int64_t depth, int64_t width, const Value& value, typename P::Element* out) {
    const int64_t columns = padded(width), deep = ceil_div(depth, P::PACK) * P::PACK;
    for (int64_t first = 0; first < columns; first += PANEL * LANES) {
        const int64_t wide = min_of(PANEL * LANES, columns - first);
        for (int64_t k = 0; k < deep; k += P::PACK) {
            for (int64_t column = first; column < first + wide; ++column) {
                for (int64_t pair = k; pair < k + P::PACK; ++pair) {
                    *out++ = P::round(pair < depth && column < width ? value(pair, column) : 0.0f);
                }
            }
        }
    }
}

// Convert a row to elements, with zeros up to a whole number of packs; `out` may be written up to padded(count).
template <class P>
GW_INLINE void put_row(const float* row, int64_t count, typename P::Element* out) {
    for (int64_t i = 0; i < count; i += LANES) P::put(out + i, load_first(row + i, count - i));
}

}  // namespace
}  // namespace gw::GW_ISA
