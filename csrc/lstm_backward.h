// Backpropagation through time (Werbos 1990) for one group of sequences; z are the sums inside (1) to (4) of lstm.cpp.
//
//   dh  = dL/dh + W_hh^T dz'                                            (7)   dz' is of the step after
//   dc  = dc' f' + dh o (1 - tanh(c)^2)                                 (8)
//   dz_i = dc g i (1 - i)            dz_f = dc c_before f (1 - f)       (9)
//   dz_g = dc i (1 - g^2)            dz_o = dh tanh(c) o (1 - o)        (10)
//   dx  = W_ih^T dz                                                     (11)
//   dW_ih = sum dz x^T,  dW_hh = sum dz h_before^T,  db = sum dz        (12)
//
// As in the forward pass a group is walked without waiting for others; (12) follows as one product over all rows.
#pragma once

#include "kernels.h"
#include "memory/arena.h"
#include "ragged.h"
#include "simd/math.h"
#include "simd/outer_sum.h"
#include "simd/pack.h"

namespace gw::GW_ISA {
namespace {

// Where a backward step of one sequence reads and writes.
template <class P>
struct BackRow {
    const float *gates, *cell, *cell_before;
    const float *d_hidden, *d_last;  // both are added to dh
    typename P::Element* d_gates;
    const typename P::Element* later;  // dz', zeros at the last step
    float* d_x;  // may be null
};

// out[r] = W^T d_gates[r], of which `width` floats count; W packed for sums over its rows.
template <class P>
void back_product(const typename P::Element* const* d_gates, int64_t height, const void* packed, int64_t gates,
                  int64_t column, int64_t vectors, float* const* out, int64_t width) {
    const auto* weights = static_cast<const typename P::Element*>(packed) + column * gates;
    product_for<P>(height, vectors)(d_gates, P::PACK, weights, gates / P::PACK, nullptr, out, width);
}

// One backward step of a group.
template <class P>
struct BackStep {
    using E = typename P::Element;
    const gw_lstm& net;
    const BackRow<P>* rows;
    int64_t active, c_stride, onward;  // onward: rows from a step to the one made next, 1 or -1
    float* d_c;                        // dc' f' [active, c_stride], replaced by dc f

    // (7) to (10).
    void states() const {
        const int64_t H = net.hidden_size;
        for_panels(H, [&](int64_t column, int64_t vectors) {
            for_row_tiles(active, [&](int64_t first, int64_t height) {
                float sums[TILE_ROWS][PANEL * LANES], *out[TILE_ROWS];
                const E* later[TILE_ROWS];
                for (int64_t r = 0; r < height; ++r) {
                    out[r] = sums[r];
                    later[r] = rows[first + r].later;
                    for (int64_t v = 0; v < vectors; ++v) announce(rows[first + r], column + v * LANES);
                }
                back_product<P>(later, height, net.w_hh_back, 4 * H, column, vectors, out, vectors * LANES);
                for (int64_t r = 0; r < height; ++r) {
                    for (int64_t v = 0; v < vectors; ++v) {
                        gates(first + r, column + v * LANES, load(sums[r] + v * LANES));
                    }
                }
            });
        });
    }

    // (11).
    void inputs() const {
        for_panels(net.input_size, [&](int64_t column, int64_t vectors) {
            for_row_tiles(active, [&](int64_t first, int64_t height) {
                float* out[TILE_ROWS];
                const E* now[TILE_ROWS];
                for (int64_t r = 0; r < height; ++r) {
                    out[r] = rows[first + r].d_x + column;
                    now[r] = rows[first + r].d_gates;
                }
                back_product<P>(now, height, net.w_ih_back, 4 * net.hidden_size, column, vectors, out,
                                net.input_size - column);
            });
        });
    }

    // What the next step will read and write in this place comes from memory while this one is made.
    GW_INLINE void announce(const BackRow<P>& row, int64_t unit) const {
        const int64_t H = net.hidden_size, next = unit + onward * H;
        will_read(row.cell_before + next);
        will_read(row.d_hidden + next);
        for (int64_t gate = 0; gate < 4; ++gate) {
            will_read(row.gates + (3 * onward + gate) * H + next);
            will_write(row.d_gates + (3 * onward + gate) * H + next);
        }
    }

    GW_INLINE void gates(int64_t m, int64_t unit, V through_time) const {
        const BackRow<P>& row = rows[m];
        const int64_t H = net.hidden_size, n = H - unit;
        const V given = add(load_within(row.d_hidden + unit, n), load_within(row.d_last + unit, n));
        const V d_h = add(through_time, given);  // (7)
        const V one = splat(1.0f);
        const V i = load_within(row.gates + unit, n), f = load_within(row.gates + H + unit, n);
        const V g = load_within(row.gates + 2 * H + unit, n), o = load_within(row.gates + 3 * H + unit, n);
        const V shown = tanh(load_within(row.cell + unit, n)), before = load_within(row.cell_before + unit, n);
        float* carried = d_c + m * c_stride + unit;
        const V d_cell = fma(mul(d_h, o), fnma(shown, shown, one), load(carried));  // (8)
        store(carried, mul(d_cell, f));
        put(m, unit, n, mul(mul(d_cell, g), fnma(i, i, i)));             // (9)
        put(m, H + unit, n, mul(mul(d_cell, before), fnma(f, f, f)));    // (9)
        put(m, 2 * H + unit, n, mul(mul(d_cell, i), fnma(g, g, one)));   // (10)
        put(m, 3 * H + unit, n, mul(mul(d_h, shown), fnma(o, o, o)));    // (10)
    }

    GW_INLINE void put(int64_t m, int64_t place, int64_t n, V d_z) const {
        E* out = rows[m].d_gates + place;
        if (n >= LANES) {
            P::put(out, d_z);
        } else {
            P::put_first(out, d_z, n);
        }
    }
};

// A group on its way back.
template <class P>
struct BackwardGroup {
    using E = typename P::Element;
    const gw_lstm& net;
    const gw_lstm_backward_args& args;
    const Group& group;
    E* const all_d_gates;  // [N, 4H]
    const Walk walk;
    const int64_t c_stride;
    Scratch<E> no_gates;
    Scratch<float> d_c, zeros;
    Scratch<BackRow<P>> rows;
    Scratch<float*> d_h0;

    BackwardGroup(const gw_lstm& net, const gw_lstm_backward_args& args, const Group& group, E* all_d_gates)
        : net(net), args(args), group(group), all_d_gates(all_d_gates), walk{args.offsets, args.reverse != 0},
          c_stride(padded(net.hidden_size) + SKEW), no_gates(4 * net.hidden_size), d_c(group.count * c_stride), zeros(c_stride), rows(group.count),
          d_h0(group.count) {}

    bool has_memory() const { return no_gates.data && d_c.data && zeros.data && rows.data && d_h0.data; }

    void begin() {
        for (int64_t i = 0; i < 4 * net.hidden_size; ++i) no_gates.data[i] = 0;
        for (int64_t i = 0; i < group.count * c_stride; ++i) d_c.data[i] = 0.0f;
        for (int64_t i = 0; i < c_stride; ++i) zeros.data[i] = 0.0f;
        const int64_t H = net.hidden_size;
        for (int64_t m = 0; m < group.count; ++m) {
            const int64_t s = group.sequences[m];
            if (args.d_c_n) put_row<Fp32>(args.d_c_n + s * H, H, d_c.data + m * c_stride);
        }
    }

    void fill_row(int64_t m, int64_t step) {
        const int64_t H = net.hidden_size, s = group.sequences[m], n = walk.row(s, step);
        BackRow<P>& row = rows.data[m];
        row.gates = args.gates + n * 4 * H;
        row.cell = args.cells + n * H;
        const float* first = args.c0 ? args.c0 + s * H : zeros.data;
        row.cell_before = step > 0 ? args.cells + walk.row(s, step - 1) * H : first;
        row.d_hidden = args.d_hidden ? args.d_hidden + n * args.d_hidden_stride : zeros.data;
        const bool is_last = step + 1 == walk.length(s);
        row.d_last = args.d_h_n && is_last ? args.d_h_n + s * H : zeros.data;
        row.d_gates = all_d_gates + n * 4 * H;
        row.later = is_last ? no_gates.data : all_d_gates + walk.row(s, step + 1) * 4 * H;
        row.d_x = args.d_x ? args.d_x + n * args.d_x_stride : nullptr;
    }

    void end(int64_t walked) {
        const int64_t H = net.hidden_size;
        for (int64_t m = 0; m < group.count; ++m) {
            const int64_t s = group.sequences[m];
            d_h0.data[m] = args.d_h0 ? args.d_h0 + s * H : nullptr;
            for (int64_t u = 0; u < H; ++u) {
                if (args.d_c0) args.d_c0[s * H + u] = d_c.data[m * c_stride + u];
                if (args.d_h0 && m >= walked) d_h0.data[m][u] = args.d_h_n ? args.d_h_n[s * H + u] : 0.0f;
            }
        }
        if (args.d_h0) first_states(walked);
    }

    // d_h0 = W_hh^T dz of the first step.
    void first_states(int64_t walked) {
        const int64_t H = net.hidden_size;
        for_panels(H, [&](int64_t column, int64_t vectors) {
            for_row_tiles(walked, [&](int64_t first, int64_t height) {
                float* out[TILE_ROWS];
                const E* first_gates[TILE_ROWS];
                for (int64_t r = 0; r < height; ++r) {
                    out[r] = d_h0.data[first + r] + column;
                    first_gates[r] = rows.data[first + r].d_gates;
                }
                back_product<P>(first_gates, height, net.w_hh_back, 4 * H, column, vectors, out, H - column);
            });
        });
    }

    void run() {
        begin();
        int64_t active = 0;
        for (int64_t step = walk.length(group.sequences[0]) - 1; step >= 0; --step) {
            while (active < group.count && walk.length(group.sequences[active]) > step) ++active;
            for (int64_t m = 0; m < active; ++m) fill_row(m, step);
            const BackStep<P> back{net, rows.data, active, c_stride, -walk.onward(), d_c.data};
            back.states();
            if (args.d_x) back.inputs();
        }
        end(active);
    }
};

template <class P>
gw_status backward_group(const gw_lstm& net, const gw_lstm_backward_args& args, const Group& group,
                         typename P::Element* d_gates) {
    BackwardGroup<P> walk(net, args, group, d_gates);
    if (!walk.has_memory()) return GW_NO_MEMORY;
    walk.run();
    return GW_OK;
}

// (12): the rows [x, h_before, 1] times dz.
template <class P>
gw_status weight_gradients(const gw_lstm& net, const gw_lstm_backward_args& args,
                           const typename P::Element* d_gates) {
    const int64_t I = net.input_size, H = net.hidden_size, G = 4 * H, stride = padded(G);
    const int64_t rows = args.offsets[args.sequences];
    const Walk walk{args.offsets, args.reverse != 0};
    Scratch<const float*> before(max_of(1, rows));
    Scratch<float> zeros(padded(H)), sum((I + H + 1) * stride);
    if (!before.data || !zeros.data || !sum.data) return GW_NO_MEMORY;
    for (int64_t u = 0; u < padded(H); ++u) zeros.data[u] = 0.0f;
    for (int64_t s = 0; s < args.sequences; ++s) {
        const float* h = args.h0 ? args.h0 + s * H : zeros.data;
        for (int64_t step = 0; step < walk.length(s); ++step) {
            const int64_t n = walk.row(s, step);
            before.data[n] = h;
            h = args.hidden + n * args.hidden_stride;
        }
    }
    const auto left_row = [&](int64_t n, float* out) {
        put_row<Fp32>(args.x + n * args.x_stride, I, out);
        put_row<Fp32>(before.data[n], H, out + I);
        out[I + H] = 1.0f;
    };
    const gw_status status = outer_sum<P>(rows, I + H + 1, G, d_gates, left_row, sum.data);
    if (status != GW_OK) return status;
    parallel_for(ceil_div(G, LANES), [&](int64_t task, int32_t) {
        for (int64_t j = task * LANES; j < min_of(G, (task + 1) * LANES); ++j) {
            for (int64_t i = 0; i < I; ++i) args.d_w_ih[j * I + i] = sum.data[i * stride + j];
            for (int64_t u = 0; u < H; ++u) args.d_w_hh[j * H + u] = sum.data[(I + u) * stride + j];
            args.d_b[j] = sum.data[(I + H) * stride + j];
        }
    });
    return GW_OK;
}

}  // namespace
}  // namespace gw::GW_ISA
