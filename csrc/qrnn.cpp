// The pooling of quasi-recurrent layers over ragged sequences (Bradbury et al. 2016, arXiv 1611.01576, equations 1 and 3
// to 6): what comes after the convolution, whose sums s are given.
//
//   z = tanh(s_z),  f = sigmoid(s_f),  o = sigmoid(s_o),  i = sigmoid(s_i)   (1)
//   f = 1 where zoneout says so                                              (6)
//   c' = f c + (1 - f) z, or with a gate of its own f c + i z                (3), (4), (5)
//   h' = c' or o c'
//
// and the way back, z and gates made anew rather than kept, because memory is what takes the time:
//
//   dc   = dh o + dc' f'                       dc' and f' are of the step after
//   ds_z = dc i (1 - z^2)                      ds_f = dc (c_before - z) f (1 - f), or dc c_before f (1 - f)
//   ds_o = dh c o (1 - o)                      ds_i = dc z i (1 - i)
//
// Units do not see each other, so that a row is read and written from one end to the other, LANES units at a time. A
// task walks a few whole sequences. Which ones is settled by their lengths alone, and so is the order of every sum.
#include "kernels.h"
#include "memory/arena.h"
#include "ragged.h"
#include "simd/exports.h"
#include "simd/math.h"
#include "threads/pool.h"

namespace gw::GW_ISA {
namespace {

// Rows that a task walks, at least; sequences are not cut.
constexpr int64_t ROWS_A_TASK = 512;

// Where tasks begin in the sequences: task k has those from first.data[k] to first.data[k + 1] - 1.
struct Tasks {
    Scratch<int64_t> first;
    int64_t count = 0;

    Tasks(const int64_t* offsets, int64_t sequences) : first(sequences + 1) {
        if (!first.data) return;
        first.data[0] = 0;
        for (int64_t s = 0; s < sequences; ++s) {
            const int64_t rows = offsets[s + 1] - offsets[first.data[count]];
            if (rows >= ROWS_A_TASK || s + 1 == sequences) first.data[++count] = s + 1;
        }
    }
};

struct Gates {
    V z, f, o, i;
};

// (1) and (6) for LANES units. sum(gate) gives s, in the order z, f, o, i; zoned is 1 or 0 a unit.
template <int GATES, class Sum>
GW_INLINE Gates gates_of(const Sum& sum, V zoned) {
    Gates now;
    now.z = tanh(sum(0));
    now.f = most(zoned, sigmoid(sum(1)));
    now.o = GATES > 1 ? sigmoid(sum(2)) : splat(1.0f);
    now.i = GATES > 2 ? sigmoid(sum(3)) : sub(splat(1.0f), now.f);
    return now;
}

// A row of zoneout as floats, into `out`.
GW_INLINE void widen(const uint8_t* zoned, int64_t count, float* out) {
    for (int64_t u = 0; u < count; ++u) out[u] = static_cast<float>(zoned[u]);
}

GW_INLINE void clear(float* numbers, int64_t count) {
    for (int64_t i = 0; i < count; ++i) numbers[i] = 0.0f;
}

// The shares that the words seen at a step give to its sums: the newest word's first.
struct Shares {
    const float* rows[GW_QRNN_LARGEST_WINDOW];
    int64_t count;

    GW_INLINE V sum(int64_t place, int64_t n) const {
        V sum = load_within(rows[0] + place, n);
        for (int64_t back = 1; back < count; ++back) sum = add(sum, load_within(rows[back] + place, n));
        return sum;
    }
};

template <int GATES>
struct Forward {
    const gw_qrnn_forward_args& args;
    const Walk walk;

    explicit Forward(const gw_qrnn_forward_args& args) : args(args), walk{args.offsets, args.reverse != 0} {}

    const float* share_row(int64_t n) const { return args.shares + (args.ids ? args.ids[n] : n) * args.shares_stride; }

    Shares seen(int64_t s, int64_t step) const {
        const int64_t width = (1 + GATES) * args.hidden_size;
        Shares shares;
        shares.count = min_of(args.window, step + 1);
        for (int64_t back = 0; back < shares.count; ++back) {
            shares.rows[back] = share_row(walk.row(s, step - back)) + (args.window - 1 - back) * width;
        }
        return shares;
    }

    // Rows of a table lie anywhere: no processor foresees the next one.
    GW_INLINE void announce(int64_t s, int64_t step) const {
        if (!args.ids || step >= walk.length(s)) return;
        const float* row = share_row(walk.row(s, step));
        for (int64_t i = 0; i < args.window * (1 + GATES) * args.hidden_size; i += 16) will_read(row + i);
    }

    GW_INLINE void row(int64_t n, const Shares& shares, const float* zoned, float* c) const {
        const int64_t H = args.hidden_size;
        for (int64_t unit = 0; unit < H; unit += LANES) {
            const int64_t left = H - unit;
            const auto sum = [&](int64_t gate) {
                const int64_t place = gate * H + unit;
                return add(shares.sum(place, left), load_within(args.bias + place, left));
            };
            const Gates now = gates_of<GATES>(sum, load(zoned + unit));
            const V cell = fma(now.f, load(c + unit), mul(now.i, now.z));  // (3), (4), (5)
            store(c + unit, cell);
            store_within(args.hidden + n * args.hidden_stride + unit, GATES > 1 ? mul(now.o, cell) : cell, left);
            if (args.cells) store_within(args.cells + n * H + unit, cell, left);
        }
    }

    gw_status sequences(int64_t begin, int64_t end) const {
        const int64_t H = args.hidden_size;
        Scratch<float> c(padded(H)), zoned(padded(H));
        if (!c.data || !zoned.data) return GW_NO_MEMORY;
        clear(zoned.data, padded(H));
        for (int64_t s = begin; s < end; ++s) {
            clear(c.data, padded(H));
            for (int64_t step = 0; step < walk.length(s); ++step) {
                const int64_t n = walk.row(s, step);
                announce(s, step + 1);
                if (args.zoned) widen(args.zoned + n * H, H, zoned.data);
                row(n, seen(s, step), zoned.data, c.data);
            }
        }
        return GW_OK;
    }
};

template <int GATES>
struct Backward {
    const gw_qrnn_backward_args& args;
    const Walk walk;

    explicit Backward(const gw_qrnn_backward_args& args) : args(args), walk{args.offsets, args.reverse != 0} {}

    // d_c is dc' f', replaced by dc f; d_bias [1 + GATES][padded(H)].
    GW_INLINE void row(int64_t n, const float* before, const float* zoned, float* d_c, float* d_bias) const {
        const int64_t H = args.hidden_size, width = (1 + GATES) * H;
        for (int64_t unit = 0; unit < H; unit += LANES) {
            const int64_t left = H - unit;
            const auto sum = [&](int64_t gate) {
                const int64_t place = gate * H + unit;
                return add(load_within(args.sums + n * width + place, left), load_within(args.bias + place, left));
            };
            const auto put = [&](int64_t gate, V d) {
                store_within(args.d_sums + n * width + gate * H + unit, d, left);
                float* total = d_bias + gate * padded(H) + unit;
                store(total, add(load(total), d));
            };
            const Gates now = gates_of<GATES>(sum, load(zoned + unit));
            const V d_h = load_within(args.d_hidden + n * args.d_hidden_stride + unit, left);
            const V earlier = load_within(before + unit, left), one = splat(1.0f);
            const V d_cell = fma(d_h, now.o, load(d_c + unit));
            store(d_c + unit, mul(d_cell, now.f));
            put(0, mul(mul(d_cell, now.i), fnma(now.z, now.z, one)));
            const V d_f = mul(d_cell, GATES > 2 ? earlier : sub(earlier, now.z));
            put(1, mul(d_f, fnma(now.f, now.f, now.f)));
            if (GATES > 1) {
                const V cell = load_within(args.cells + n * H + unit, left);
                put(2, mul(mul(d_h, cell), fnma(now.o, now.o, now.o)));
            }
            if (GATES > 2) put(3, mul(mul(d_cell, now.z), fnma(now.i, now.i, now.i)));
        }
    }

    gw_status sequences(int64_t begin, int64_t end, float* d_bias) const {
        const int64_t H = args.hidden_size;
        Scratch<float> d_c(padded(H)), zoned(padded(H)), none(padded(H));
        if (!d_c.data || !zoned.data || !none.data) return GW_NO_MEMORY;
        clear(zoned.data, padded(H));
        clear(none.data, padded(H));
        for (int64_t s = begin; s < end; ++s) {
            clear(d_c.data, padded(H));
            for (int64_t step = walk.length(s) - 1; step >= 0; --step) {
                const int64_t n = walk.row(s, step);
                if (args.zoned) widen(args.zoned + n * H, H, zoned.data);
                const float* before = step > 0 ? args.cells + walk.row(s, step - 1) * H : none.data;
                row(n, before, zoned.data, d_c.data, d_bias);
            }
        }
        return GW_OK;
    }
};

// Call use(task) for all tasks by all threads.
template <class Use>
gw_status for_tasks(const Tasks& tasks, const Use& use) {
    Scratch<gw_status> status(max_of(1, tasks.count));
    if (!tasks.first.data || !status.data) return GW_NO_MEMORY;
    parallel_for(tasks.count, [&](int64_t task, int32_t) { status.data[task] = use(task); });
    for (int64_t task = 0; task < tasks.count; ++task) {
        if (status.data[task] != GW_OK) return status.data[task];
    }
    return GW_OK;
}

template <int GATES>
gw_status forward(const gw_qrnn_forward_args& args) {
    const Tasks tasks(args.offsets, args.sequences);
    const Forward<GATES> forward(args);
    return for_tasks(tasks, [&](int64_t task) {
        return forward.sequences(tasks.first.data[task], tasks.first.data[task + 1]);
    });
}

template <int GATES>
gw_status backward(const gw_qrnn_backward_args& args) {
    const int64_t H = args.hidden_size, width = (1 + GATES) * padded(H);
    const Tasks tasks(args.offsets, args.sequences);
    Scratch<float> partial(max_of(1, tasks.count) * width);
    if (!partial.data) return GW_NO_MEMORY;
    clear(partial.data, max_of(1, tasks.count) * width);
    const Backward<GATES> backward(args);
    const gw_status status = for_tasks(tasks, [&](int64_t task) {
        return backward.sequences(tasks.first.data[task], tasks.first.data[task + 1], partial.data + task * width);
    });
    if (status != GW_OK) return status;
    for (int64_t gate = 0; gate <= GATES; ++gate) {
        for (int64_t u = 0; u < H; ++u) {
            float total = 0.0f;
            for (int64_t task = 0; task < tasks.count; ++task) {
                total += partial.data[task * width + gate * padded(H) + u];
            }
            args.d_bias[gate * H + u] = total;
        }
    }
    return GW_OK;
}

}  // namespace

gw_status qrnn_forward(const gw_qrnn_forward_args* args) {
    switch (args->gates) {
        case 1: return forward<1>(*args);
        case 2: return forward<2>(*args);
        default: return forward<3>(*args);
    }
}

gw_status qrnn_backward(const gw_qrnn_backward_args* args) {
    switch (args->gates) {
        case 1: return backward<1>(*args);
        case 2: return backward<2>(*args);
        default: return backward<3>(*args);
    }
}

}  // namespace gw::GW_ISA
