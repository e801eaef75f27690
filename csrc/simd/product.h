// The one inner loop of the core: a few rows times a panel of packed weights, held in registers.
#pragma once

#include "precision.h"

namespace gw::GW_ISA {
namespace {

// A panel is up to PANEL vectors of columns side by side.
constexpr int PANEL = 4;
// Vectors between the one in use and the one asked for: a panel is often larger than the nearest cache, and a single
// row does little else than wait for weights.
constexpr int AHEAD = 16;

// out[r][c] = start[r][c] + sum over k of rows[r][k] panel[k][c], in order of k: so each sum has the same bits whatever
// other rows and columns are made beside it. `start` is added last, which loses less to rounding.
//   stride  elements from one step of k to the next in a row; PACK when rows are plain
//   panel   [depth][COLUMNS * LANES][PACK]
//   depth   steps of k, each PACK factors
//   start   COLUMNS * LANES floats a row; null: zero
//   out     `width` floats a row are written, at most COLUMNS * LANES; may be `start`
// Not inlined: the compiler would lend its registers to what stands around it, and spill sums in the loop.
template <class P, int ROWS, int COLUMNS>
GW_NOINLINE void product(const typename P::Element* const* rows, int64_t stride, const typename P::Element* panel,
                         int64_t depth, const float* const* start, float* const* out, int64_t width) {
    V sums[ROWS][COLUMNS];
#pragma GCC unroll 8
    for (int r = 0; r < ROWS; ++r) {
#pragma GCC unroll 4
        for (int v = 0; v < COLUMNS; ++v) sums[r][v] = zero();
    }
    const typename P::Element* row[ROWS];
#pragma GCC unroll 8
    for (int r = 0; r < ROWS; ++r) row[r] = rows[r];
    // GCC 12 keeps `sums` in registers only if told to unroll.
#pragma GCC unroll 1
    for (int64_t k = 0; k < depth; ++k) {
#pragma GCC unroll 4
        for (int v = 0; v < COLUMNS; ++v) will_read(panel + (v + AHEAD) * LANES * P::PACK);
        typename P::Factor a[ROWS];
#pragma GCC unroll 8
        for (int r = 0; r < ROWS; ++r) a[r] = P::splat(row[r] + k * stride);
#pragma GCC unroll 4
        for (int v = 0; v < COLUMNS; ++v) {
            const typename P::Factor b = P::load(panel + v * LANES * P::PACK);
#pragma GCC unroll 8
            for (int r = 0; r < ROWS; ++r) sums[r][v] = P::multiply_add(a[r], b, sums[r][v]);
        }
        panel += COLUMNS * LANES * P::PACK;
    }
#pragma GCC unroll 8
    for (int r = 0; r < ROWS; ++r) {
#pragma GCC unroll 4
        for (int v = 0; v < COLUMNS; ++v) {
            const V sum = start ? add(sums[r][v], load(start[r] + v * LANES)) : sums[r][v];
            store_within(out[r] + v * LANES, sum, width - v * LANES);
        }
    }
}

template <class P>
using Product = void (*)(const typename P::Element* const*, int64_t, const typename P::Element*, int64_t,
                         const float* const*, float* const*, int64_t);

template <class P, int ROWS>
Product<P> product_of_rows(int64_t vectors) {
    switch (vectors) {
        case 1: return product<P, ROWS, 1>;
        case 2: return product<P, ROWS, 2>;
        case 3: return product<P, ROWS, 3>;
        default: return product<P, ROWS, PANEL>;
    }
}

// The product for 1 to TILE_ROWS rows and 1 to PANEL vectors.
template <class P, int ROWS = TILE_ROWS>
Product<P> product_for(int64_t rows, int64_t vectors) {
    if constexpr (ROWS > 1) {
        if (rows < ROWS) return product_for<P, ROWS - 1>(rows, vectors);
    }
    return product_of_rows<P, ROWS>(vectors);
}

// Call body(first, rows) for tiles of nearly equal height that cover rows 0 .. count - 1.
template <class Body>
GW_INLINE void for_row_tiles(int64_t count, const Body& body) {
    int64_t first = 0;
    for (int64_t tiles = ceil_div(count, TILE_ROWS); tiles > 0; --tiles) {
        const int64_t rows = ceil_div(count - first, tiles);
        body(first, rows);
        first += rows;
    }
}

// Call body(column, vectors) for the panels that cover columns 0 .. width - 1.
template <class Body>
GW_INLINE void for_panels(int64_t width, const Body& body) {
    for (int64_t column = 0; column < width; column += PANEL * LANES) {
        body(column, min_of(PANEL, ceil_div(width - column, LANES)));
    }
}

}  // namespace
}  // namespace gw::GW_ISA
