// Sums of outer products over all rows of a batch: the gradient of a weight matrix.
#pragma once

#include "../memory/arena.h"
#include "../threads/pool.h"
#include "pack.h"

namespace gw::GW_ISA {
namespace {

// Rows multiplied at a time: both packed blocks stay in the second-level cache.
constexpr int64_t OUTER_BLOCK = 192;
// Rows a task sums: the fewest, and the most tasks. Fixed by shapes alone, so that the order of every sum, and with it
// every bit, is the same for any number of threads.
constexpr int64_t OUTER_FEWEST = 4 * OUTER_BLOCK, OUTER_TASKS = 16;
// Bytes the tasks' partial sums may take together.
constexpr int64_t OUTER_BYTES = int64_t{96} << 20;

// A block of rows, packed: left in strips of TILE_ROWS columns, right in panels.
template <class P>
struct OuterBlock {
    int64_t left_width, right_width;
    typename P::Element *left, *right;
    float* sum;  // [left_width][padded(right_width)]

    // Add the product of `depth` steps to `sum`.
    void multiply(int64_t depth) const {
        const int64_t stride = padded(right_width);
        float sums[TILE_ROWS][PANEL * LANES], *out[TILE_ROWS];
        for (int r = 0; r < TILE_ROWS; ++r) out[r] = sums[r];
        for_panels(right_width, [&](int64_t column, int64_t vectors) {
            for (int64_t first = 0; first < left_width; first += TILE_ROWS) {
                const int64_t rows = min_of(TILE_ROWS, left_width - first);
                const typename P::Element* strip[TILE_ROWS];
                for (int r = 0; r < TILE_ROWS; ++r) strip[r] = left + (first * depth + r) * P::PACK;
                product_for<P>(rows, vectors)(strip, TILE_ROWS * P::PACK, right + column * depth * P::PACK, depth,
                                              nullptr, out, vectors * LANES);
                for (int64_t r = 0; r < rows; ++r) {
                    float* to = sum + (first + r) * stride + column;
                    for (int64_t c = 0; c < vectors * LANES; c += LANES) store(to + c, add(load(to + c), load(sums[r] + c)));
                }
            }
        });
    }

    // Row pair `k` of the left block; rows have slack to be read in whole vectors.
    void put_left(int64_t k, int64_t depth, const float* even, const float* odd) const {
        for (int64_t first = 0; first < left_width; first += TILE_ROWS) {
            float* out = reinterpret_cast<float*>(left + (first * depth + k * TILE_ROWS) * P::PACK);
            store_first(out, P::interleave(even + first, odd + first), TILE_ROWS);
        }
    }

    void put_right(int64_t k, int64_t depth, const typename P::Element* even, const typename P::Element* odd) const {
        const int64_t columns = padded(right_width);
        for (int64_t first = 0; first < columns; first += PANEL * LANES) {
            const int64_t wide = min_of(PANEL * LANES, columns - first);
            float* out = reinterpret_cast<float*>(right + (first * depth + k * wide) * P::PACK);
            for (int64_t c = 0; c < wide; c += LANES) {
                store(out + c, P::interleave(even + first + c, odd + first + c));
            }
        }
    }
};

// sum[i][j] = sum over rows n from begin to end of left_row(n)[i] right[n][j].
//   left_row(n, out)  writes left_width floats
//   right             [*, right_width]; LANES elements past the last row may be read
template <class P, class LeftRow>
gw_status sum_rows(int64_t begin, int64_t end, int64_t left_width, int64_t right_width,
                   const typename P::Element* right, const LeftRow& left_row, float* sum) {
    using E = typename P::Element;
    const int64_t deepest = ceil_div(OUTER_BLOCK, P::PACK) * P::PACK, row_floats = left_width + 2 * LANES;
    Scratch<E> left_block((ceil_div(left_width, TILE_ROWS) * TILE_ROWS + LANES) * deepest);
    Scratch<E> right_block(padded(right_width) * deepest), no_right(padded(right_width) + LANES);
    Scratch<float> rows(3 * row_floats);
    if (!left_block.data || !right_block.data || !no_right.data || !rows.data) return GW_NO_MEMORY;
    for (int64_t i = 0; i < padded(right_width); ++i) no_right.data[i] = 0;
    for (int64_t i = 0; i < 3 * row_floats; ++i) rows.data[i] = 0.0f;
    float *even = rows.data, *odd = even + row_floats, *none = odd + row_floats;
    const OuterBlock<P> block{left_width, right_width, left_block.data, right_block.data, sum};
    for (int64_t first = begin; first < end; first += OUTER_BLOCK) {
        const int64_t count = min_of(OUTER_BLOCK, end - first), depth = ceil_div(count, P::PACK);
        for (int64_t k = 0; k < depth; ++k) {
            const int64_t n = first + k * P::PACK;
            const bool is_pair = P::PACK == 2 && n + 1 < first + count;
            left_row(n, even);
            if (is_pair) left_row(n + 1, odd);
            block.put_left(k, depth, even, is_pair ? odd : none);
            block.put_right(k, depth, right + n * right_width,
                            is_pair ? right + (n + 1) * right_width : no_right.data);
        }
        block.multiply(depth);
    }
    return GW_OK;
}

// sum [left_width][padded(right_width)] = sum over all rows of the outer product of left_row(n) and right[n]; by all
// threads.
template <class P, class LeftRow>
gw_status outer_sum(int64_t rows, int64_t left_width, int64_t right_width, const typename P::Element* right,
                    const LeftRow& left_row, float* sum) {
    const int64_t size = left_width * padded(right_width);
    const int64_t affordable = max_of(1, OUTER_BYTES / (size * static_cast<int64_t>(sizeof(float))));
    const int64_t most = min_of(OUTER_TASKS, affordable);
    const int64_t each = max_of(OUTER_FEWEST, ceil_div(ceil_div(rows, most), OUTER_BLOCK) * OUTER_BLOCK);
    const int64_t tasks = max_of(1, ceil_div(rows, each));
    Scratch<float> partial(max_of(1, (tasks - 1) * size));
    Scratch<gw_status> status(tasks);
    if (!partial.data || !status.data) return GW_NO_MEMORY;
    parallel_for(tasks, [&](int64_t task, int32_t) {
        float* own = task == 0 ? sum : partial.data + (task - 1) * size;
        for (int64_t i = 0; i < size; i += LANES) store(own + i, zero());
        status.data[task] = sum_rows<P>(task * each, min_of(rows, (task + 1) * each), left_width, right_width, right,
                                        left_row, own);
    });
    for (int64_t task = 0; task < tasks; ++task) {
        if (status.data[task] != GW_OK) return status.data[task];
    }
    if (tasks == 1) return GW_OK;
    parallel_for(left_width, [&](int64_t row, int32_t) {
        const int64_t begin = row * padded(right_width), end = begin + padded(right_width);
        for (int64_t task = 1; task < tasks; ++task) {
            const float* other = partial.data + (task - 1) * size;
            for (int64_t i = begin; i < end; i += LANES) store(sum + i, add(load(sum + i), load(other + i)));
        }
    });
    return GW_OK;
}

}  // namespace
}  // namespace gw::GW_ISA
