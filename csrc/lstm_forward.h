// Equations (1) to (6) of lstm.cpp for one group of sequences.
#pragma once

#include "kernels.h"
#include "memory/arena.h"
#include "ragged.h"
#include "simd/math.h"
#include "simd/pack.h"

namespace gw::GW_ISA {
namespace {

// Rows whose input share is made at a time: few enough to stay in the second-level cache beside the weights.
constexpr int64_t PROJECTED_ROWS = 96;
// out[row] = x[row] W_ih^T + b, gates as packed.
template <class P>
void project(const gw_lstm& net, const typename P::Element* const* x, float* const* out, int64_t rows) {
    const int64_t depth = ceil_div(net.input_size, P::PACK);
    for_panels(net.gates_width, [&](int64_t column, int64_t vectors) {
        const auto* weights = static_cast<const typename P::Element*>(net.w_ih) + column * depth * P::PACK;
        for_row_tiles(rows, [&](int64_t first, int64_t height) {
            const float* start[TILE_ROWS];
            float* to[TILE_ROWS];
            for (int64_t r = 0; r < height; ++r) {
                start[r] = net.bias + column;
                to[r] = out[first + r] + column;
            }
            product_for<P>(height, vectors)(x + first, P::PACK, weights, depth, start, to, vectors * LANES);
        });
    });
}

// Where a step of one sequence reads and writes.
struct StepRow {
    const float* projected;
    float *hidden, *gates, *cell;  // each may be null
};

// One step of a group.
template <class P>
struct Step {
    using E = typename P::Element;
    const gw_lstm& net;
    const StepRow* rows;
    int64_t active, stride, onward;  // onward: rows from a step to the next, 1 or -1
    const E* h;      // [active, stride]
    E* h_next;       // [active, stride]
    float* h_float;  // [active, stride]; h_next itself with Fp32
    float* c;        // [active, stride]

    void run() const {
        const int64_t depth = ceil_div(net.hidden_size, P::PACK);
        for_panels(net.gates_width, [&](int64_t column, int64_t vectors) {
            const E* weights = static_cast<const E*>(net.w_hh) + column * depth * P::PACK;
            for_row_tiles(active, [&](int64_t first, int64_t height) {
                float sums[TILE_ROWS][(PANEL + 1) * LANES];  // `finish` may read one vector too far
                multiply(first, height, column, vectors, weights, depth, sums);
                for (int64_t r = 0; r < height; ++r) finish(first + r, column / PANEL, sums[r]);
            });
        });
    }

    GW_INLINE void multiply(int64_t first, int64_t height, int64_t column, int64_t vectors, const E* weights,
                            int64_t depth, float (*sums)[(PANEL + 1) * LANES]) const {
        const E* from[TILE_ROWS];
        const float* start[TILE_ROWS];
        float* to[TILE_ROWS];
        for (int64_t r = 0; r < height; ++r) {
            from[r] = h + (first + r) * stride;
            start[r] = rows[first + r].projected + column;
            to[r] = sums[r];
            announce(rows[first + r], column / PANEL);
        }
        product_for<P>(height, vectors)(from, P::PACK, weights, depth, start, to, vectors * LANES);
    }

    // What the next step will write in this place comes from memory while this one is made.
    GW_INLINE void announce(const StepRow& out, int64_t unit) const {
        const int64_t H = net.hidden_size;
        if (out.cell) will_write(out.cell + onward * H + unit);
        if (!out.gates) return;
        for (int gate = 0; gate < 4; ++gate) will_write(out.gates + (onward * 4 + gate) * H + unit);
    }

    // LANES units from `unit` on, or what is left: `sums` has the four gates of these side by side.
    GW_INLINE void finish(int64_t row, int64_t unit, const float* sums) const {
        const int64_t H = net.hidden_size, n = H - unit, wide = min_of(n, LANES), place = row * stride + unit;
        const V i = sigmoid(load(sums)), f = sigmoid(load(sums + wide));            // (1), (2)
        const V g = tanh(load(sums + 2 * wide)), o = sigmoid(load(sums + 3 * wide));  // (3), (4)
        const V cell = fma(f, load(c + place), mul(i, g));                          // (5)
        const V hidden = mul(o, tanh(cell));                                        // (6)
        store(c + place, cell);
        P::put(h_next + place, hidden);
        if constexpr (P::PACK > 1) store(h_float + place, hidden);
        const StepRow& out = rows[row];
        if (out.hidden) store_within(out.hidden + unit, hidden, n);
        if (out.cell) store_within(out.cell + unit, cell, n);
        if (!out.gates) return;
        store_within(out.gates + unit, i, n);
        store_within(out.gates + H + unit, f, n);
        store_within(out.gates + 2 * H + unit, g, n);
        store_within(out.gates + 3 * H + unit, o, n);
    }
};

// A group on its way through its sequences.
template <class P>
struct ForwardGroup {
    using E = typename P::Element;
    const gw_lstm& net;
    const gw_lstm_forward_args& args;
    const Group& group;
    const Walk walk;
    const int64_t stride, steps_ahead, x_stride;
    Scratch<E> h, x;
    Scratch<float> h_float, c, projected;
    Scratch<StepRow> rows;
    Scratch<const E*> x_rows;
    Scratch<float*> projected_rows;

    ForwardGroup(const gw_lstm& net, const gw_lstm_forward_args& args, const Group& group)
        : net(net), args(args), group(group), walk{args.offsets, args.reverse != 0},
          stride(padded(net.hidden_size) + SKEW), steps_ahead(max_of(1, PROJECTED_ROWS / group.count)),
          x_stride(padded(net.input_size) + SKEW), h(2 * group.count * stride),
          x(P::PACK > 1 && args.x ? steps_ahead * group.count * x_stride : 1),
          h_float(P::PACK > 1 ? group.count * stride : 1), c(group.count * stride),
          projected(args.x ? steps_ahead * group.count * net.gates_width : 1), rows(steps_ahead * group.count),
          x_rows(steps_ahead * group.count), projected_rows(steps_ahead * group.count) {}

    bool has_memory() const {
        return h.data && x.data && h_float.data && c.data && projected.data && rows.data && x_rows.data &&
               projected_rows.data;
    }

    E* state(int64_t step) { return h.data + (step & 1) * group.count * stride; }
    float* float_state(int64_t step) {
        if constexpr (P::PACK > 1) return h_float.data;
        return reinterpret_cast<float*>(state(step));
    }

    void begin() {
        const int64_t H = net.hidden_size;
        for (int64_t i = 0; i < 2 * group.count * stride; ++i) h.data[i] = 0;
        for (int64_t i = 0; i < group.count * stride; ++i) c.data[i] = 0.0f;
        for (int64_t m = 0; m < group.count; ++m) {
            const int64_t s = group.sequences[m];
            if (args.h0) put_row<P>(args.h0 + s * H, H, state(0) + m * stride);
            if (args.c0) put_row<Fp32>(args.c0 + s * H, H, c.data + m * stride);
            if (walk.length(s) == 0) end_empty(s);
        }
    }

    void end_empty(int64_t s) {
        const int64_t H = net.hidden_size;
        for (int64_t u = 0; u < H; ++u) {
            if (args.h_n) args.h_n[s * H + u] = args.h0 ? args.h0[s * H + u] : 0.0f;
            if (args.c_n) args.c_n[s * H + u] = args.c0 ? args.c0[s * H + u] : 0.0f;
        }
    }

    void end(int64_t m, int64_t step) {
        const int64_t H = net.hidden_size, s = group.sequences[m];
        const float *h_row = float_state(step + 1) + m * stride, *c_row = c.data + m * stride;
        for (int64_t u = 0; u < H; ++u) {
            if (args.h_n) args.h_n[s * H + u] = h_row[u];
            if (args.c_n) args.c_n[s * H + u] = c_row[u];
        }
    }

    // Fill in `rows` for steps from `first` on and project their inputs.
    void look_ahead(int64_t first, int64_t steps, int64_t active) {
        int64_t count = 0;
        for (int64_t step = first; step < first + steps; ++step) {
            for (int64_t m = 0; m < active; ++m) {
                const int64_t s = group.sequences[m];
                if (step >= walk.length(s)) break;  // and so have all after it: the longest come first
                const int64_t n = walk.row(s, step), place = (step - first) * group.count + m;
                StepRow& row = rows.data[place];
                row.hidden = args.hidden ? args.hidden + n * args.hidden_stride : nullptr;
                row.gates = args.gates ? args.gates + n * 4 * net.hidden_size : nullptr;
                row.cell = args.cells ? args.cells + n * net.hidden_size : nullptr;
                if (!args.x) {
                    row.projected = args.table->rows + args.ids[n] * net.gates_width;
                    continue;
                }
                float* out = projected.data + count * net.gates_width;
                row.projected = projected_rows.data[count] = out;
                x_rows.data[count] = input_row(args.x + n * args.x_stride, count);
                ++count;
            }
        }
        project<P>(net, x_rows.data, projected_rows.data, count);
    }

    const E* input_row(const float* row, int64_t place) {
        if constexpr (P::PACK > 1) {
            put_row<P>(row, net.input_size, x.data + place * x_stride);
            return x.data + place * x_stride;
        } else {
            return row;
        }
    }

    void run() {
        begin();
        const int64_t longest = walk.length(group.sequences[0]);
        int64_t active = group.count;
        for (int64_t step = 0; step < longest; ++step) {
            while (walk.length(group.sequences[active - 1]) <= step) --active;
            const int64_t ahead = step % steps_ahead;
            if (ahead == 0) look_ahead(step, min_of(steps_ahead, longest - step), active);
            Step<P>{net, rows.data + ahead * group.count, active, stride, walk.onward(), state(step), state(step + 1),
                    float_state(step + 1), c.data}
                .run();
            for (int64_t m = active - 1; m >= 0 && walk.length(group.sequences[m]) == step + 1; --m) end(m, step);
        }
    }
};

template <class P>
gw_status forward_group(const gw_lstm& net, const gw_lstm_forward_args& args, const Group& group) {
    ForwardGroup<P> walk(net, args, group);
    if (!walk.has_memory()) return GW_NO_MEMORY;
    walk.run();
    return GW_OK;
}

// table[word] = embedding[word] W_ih^T + b for each of `words`.
template <class P>
gw_status fill_table(const gw_lstm& net, const float* embedding, const int32_t* words, int64_t count, float* table) {
    using E = typename P::Element;
    const int64_t I = net.input_size, tasks = ceil_div(count, PROJECTED_ROWS);
    Scratch<gw_status> status(max_of(1, tasks));
    if (!status.data) return GW_NO_MEMORY;
    parallel_for(tasks, [&](int64_t task, int32_t) {
        const int64_t first = task * PROJECTED_ROWS, rows = min_of(PROJECTED_ROWS, count - first);
        const int64_t stride = padded(I) + SKEW;
        Scratch<E> x(rows * stride);
        status.data[task] = x.data ? GW_OK : GW_NO_MEMORY;
        if (!x.data) return;
        const E* x_rows[PROJECTED_ROWS];
        float* out[PROJECTED_ROWS];
        for (int64_t r = 0; r < rows; ++r) {
            const int64_t word = words[first + r];
            put_row<P>(embedding + word * I, I, x.data + r * stride);
            x_rows[r] = x.data + r * stride;
            out[r] = table + word * net.gates_width;
        }
        project<P>(net, x_rows, out, rows);
    });
    for (int64_t task = 0; task < tasks; ++task) {
        if (status.data[task] != GW_OK) return status.data[task];
    }
    return GW_OK;
}

}  // namespace
}  // namespace gw::GW_ISA
