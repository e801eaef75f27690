// Equations (1) to (4) of softmax.cpp for some rows of the batch.
#pragma once

#include "gatewise.h"
#include "memory/arena.h"
#include "simd/math.h"
#include "simd/pack.h"
#include "softmax_samples.h"
#include "softmax_words.h"

namespace gw::GW_ISA {
namespace {

// Rows of one task: enough to use a panel of weights while it is in the nearest cache. A multiple of every tile.
constexpr int64_t ROWS_A_TASK = 96;
// Rows whose sums of outer products are made at a time, see softmax_weights.h.
constexpr int64_t ROWS_A_CHUNK = 2 * ROWS_A_TASK;
// Added to the width of rows in scratch memory, so that they do not all begin at the same place of a cache.
constexpr int64_t ROW_SKEW = 2 * LANES;
// Rows ahead for which the weights of targets are asked for.
constexpr int64_t TARGETS_AHEAD = 4;
// How far a logit may be above the shift before its exponential is no longer trusted to fit.
constexpr float MOST_ABOVE = 40.0f;
// Sums of odds below it are none: 2^-126, which `exponential` gives for anything less too, as often as 2^31 times.
constexpr double LEAST_SUM = 3e-29;

// Of -infinity, too, a number above zero: 2^-126.
GW_INLINE V exponential(V x) {
    const PowerOfTwo power = power_of_two(within(mul(x, splat(LOG2_E)), 126.0f));
    return times_power_of_two(add(power.fq, splat(1.0f)), power.n);
}

GW_INLINE double sum_of_lanes(const float* lanes) {
    double sum = 0.0;
    for (int lane = 0; lane < LANES; ++lane) sum += static_cast<double>(lanes[lane]);
    return sum;
}

// In float whatever the precision is: there is one for a row, and its error would go into every term.
GW_INLINE float dot(const float* a, const float* b, int64_t count) {
    V sum = zero();
    for (int64_t i = 0; i < count; i += LANES) {
        sum = fma(load_within(a + i, count - i), load_within(b + i, count - i), sum);
    }
    float lanes[LANES];
    store(lanes, sum);
    return static_cast<float>(sum_of_lanes(lanes));
}

// What some rows leave for the gradients of the weights: odds e^(z - c), and hidden states times scale / Z.
template <class P>
struct Wave {
    using E = typename P::Element;
    int64_t begin, rows;  // of the batch
    int64_t strips;       // of TILE_ROWS features; after the features comes a column of scale / Z
    E* odds;              // [panel of samples][depth][width of the panel][PACK]
    E* hidden;            // [chunk][strip][depth of the chunk][TILE_ROWS][PACK]

    static int64_t strips_of(int64_t features) { return ceil_div(features + 1, TILE_ROWS); }
    static int64_t chunk_depth() { return ROWS_A_CHUNK / P::PACK; }

    int64_t depth() const { return ceil_div(rows, P::PACK); }
    int64_t depth_of_chunk(int64_t chunk) const { return min_of(chunk_depth(), depth() - chunk * chunk_depth()); }
    E* panel(int64_t sample) const { return odds + sample * depth() * P::PACK; }
    E* strip(int64_t chunk, int64_t index) const {
        const int64_t before = chunk * chunk_depth() * strips + index * depth_of_chunk(chunk);
        return hidden + before * TILE_ROWS * P::PACK;
    }
};

// Results by row.
struct RowResults {
    double* loss;
    float* target_factor;  // (p(t) - 1) scale
};

// Rows of one task.
template <class P>
class RowBlock {
public:
    RowBlock(const gw_sampled_softmax_args& args, const Samples<P>& samples, const WordUse& use, const Wave<P>* wave,
             int64_t begin, int64_t count, const RowResults& results)
        : args_(args), samples_(samples), use_(use), wave_(wave), begin_(begin), count_(count), results_(results),
          h_stride_(samples.features_wide + ROW_SKEW), odds_stride_(GROUP + ROW_SKEW), hidden_(count * h_stride_),
          odds_(count * odds_stride_), d_hidden_(wave ? count * h_stride_ : 1), rows_(count),
          scaled_(wave ? 3 * scaled_stride() : 1) {
        no_hits_[WIDE] = -INFINITE;
    }

    bool has_memory() const { return hidden_.data && odds_.data && d_hidden_.data && rows_.data && scaled_.data; }

    void run() {
        for (int64_t row = 0; row < count_; ++row) begin_row(row);
        sweep();
        if (raise_shifts()) sweep();
        for (int64_t row = 0; row < count_; ++row) end_row(row);
        if (wave_) {
            for (int64_t row = 0; row < count_; row += P::PACK) put_scaled(row);
        }
    }

private:
    using E = typename P::Element;

    struct Row {
        float sum[LANES], greatest[LANES];
        float target, shift;  // z(t) and c
        int64_t hit;          // number of the sample that is the row's own target, or -1
        float inverse;        // scale / Z
    };

    // What a tile of rows reads and writes in a product.
    struct Tile {
        const E* rows[TILE_ROWS];
        const float* start[TILE_ROWS];
        float* out[TILE_ROWS];
    };

    int64_t scaled_stride() const { return samples_.features_wide + 2 * LANES; }

    // WIDE zeros, or where column `place` of them is -infinity.
    const float* without(int64_t place) const { return no_hits_ + (place >= 0 && place < WIDE ? WIDE - place : 0); }

    // Weights of targets lie anywhere in the matrix: no processor foresees the next ones.
    void will_read_target(int64_t index) const {
        if (index >= count_) return;
        const float* row = args_.weight + args_.targets[begin_ + index] * args_.features;
        for (int64_t f = 0; f < args_.features; f += LANES) will_read(row + f);
    }

    void begin_row(int64_t index) {
        const int64_t n = begin_ + index;
        const float* h = args_.hidden + n * args_.hidden_stride;
        const int32_t target = args_.targets[n];
        put_row<P>(h, args_.features, hidden_.data + index * h_stride_);
        will_read_target(index + TARGETS_AHEAD);
        Row& row = rows_.data[index];
        row.target = dot(h, args_.weight + target * args_.features, args_.features) + corrected_bias(args_, target);
        row.hit = use_.sample.data[use_.place.data[n]];
        row.shift = row.target;
        store(row.greatest, splat(-INFINITE));
    }

    // All samples, group by group: forward, and at once back while their odds are near.
    void sweep() {
        for (int64_t i = 0; wave_ && i < count_ * h_stride_; i += LANES) store(d_hidden_.data + i, zero());
        for (int64_t index = 0; index < count_; ++index) store(rows_.data[index].sum, zero());
        for (int64_t first = 0; first < samples_.width; first += GROUP) {
            const int64_t depth = min_of(GROUP, samples_.width - first);
            for_panels(depth, [&](int64_t place, int64_t vectors) {
                forward(first + place, vectors, place);
                if (wave_) keep_odds(first + place, vectors * LANES, odds_.data + place);
            });
            if (wave_) back(first, depth);
        }
    }

    // z of a panel of samples, and the odds from them. `place` is the panel's within its group.
    void forward(int64_t sample, int64_t vectors, int64_t place) const {
        float z[TILE_ROWS][WIDE];
        for_row_tiles(count_, [&](int64_t first, int64_t rows) {
            Tile tile;
            for (int64_t r = 0; r < rows; ++r) {
                tile.rows[r] = hidden_.data + (first + r) * h_stride_;
                tile.start[r] = samples_.bias(sample);
                tile.out[r] = z[r];
            }
            product_for<P>(rows, vectors)(tile.rows, P::PACK, samples_.forward_panel(sample), samples_.deep / P::PACK,
                                          tile.start, tile.out, vectors * LANES);
            for (int64_t r = 0; r < rows; ++r) {
                Row& row = rows_.data[first + r];
                E* odds = odds_.data + (first + r) * odds_stride_ + place;
                if (vectors == PANEL) {  // so that the compiler knows how many
                    put_odds(row, sample, z[r], PANEL, odds);
                } else {
                    put_odds(row, sample, z[r], vectors, odds);
                }
            }
        });
    }

    GW_INLINE void put_odds(Row& row, int64_t sample, const float* z, int64_t vectors, E* odds) const {
        const float* hit = without(row.hit - sample);
        const V shift = splat(row.shift);
        V sum = load(row.sum), greatest = load(row.greatest);
#pragma GCC unroll 4
        for (int64_t v = 0; v < vectors; ++v) {
            const V counted = add(load(z + v * LANES), load(hit + v * LANES));
            const V e = exponential(sub(counted, shift));  // (3)
            greatest = most(counted, greatest);
            sum = add(sum, e);
            P::put(odds + v * LANES, e);
        }
        store(row.sum, sum);
        store(row.greatest, greatest);
    }

    // d_hidden += odds W over the samples of a group.
    void back(int64_t first_sample, int64_t depth) const {
        for_panels(args_.features, [&](int64_t feature, int64_t vectors) {
            for_row_tiles(count_, [&](int64_t first, int64_t rows) {
                Tile tile;
                for (int64_t r = 0; r < rows; ++r) {
                    tile.rows[r] = odds_.data + (first + r) * odds_stride_;
                    tile.out[r] = d_hidden_.data + (first + r) * h_stride_ + feature;
                    tile.start[r] = tile.out[r];
                }
                product_for<P>(rows, vectors)(tile.rows, P::PACK, samples_.back_panel(first_sample, feature),
                                              depth / P::PACK, tile.start, tile.out, vectors * LANES);
            });
        });
    }

    // The odds of a panel, as the right factor of (5).
    void keep_odds(int64_t sample, int64_t wide, const E* odds) const {
        float* out = reinterpret_cast<float*>(wave_->panel(sample)) + (begin_ - wave_->begin) / P::PACK * wide;
        for (int64_t row = 0; row < count_; row += P::PACK) {
            const E* even = odds + row * odds_stride_;
            const E* odd = row + P::PACK <= count_ ? even + (P::PACK - 1) * odds_stride_ : no_odds_;
            for (int64_t c = 0; c < wide; c += LANES) store(out + c, P::interleave(even + c, odd + c));
            out += wide;
        }
    }

    // Whether some row has a logit too far above its target's; such rows are shifted to their greatest.
    bool raise_shifts() const {
        bool is_any = false;
        for (int64_t index = 0; index < count_; ++index) {
            Row& row = rows_.data[index];
            float greatest = -INFINITE;
            for (int lane = 0; lane < LANES; ++lane) {
                if (row.greatest[lane] > greatest) greatest = row.greatest[lane];
            }
            if (!(greatest > row.shift + MOST_ABOVE)) continue;
            row.shift = greatest;
            is_any = true;
        }
        return is_any;
    }

    void end_row(int64_t index) {
        Row& row = rows_.data[index];
        const int64_t n = begin_ + index;
        const double above = static_cast<double>(row.shift) - static_cast<double>(row.target);
        // The smallest odds, which stand for those of no sample at all, do not add up to anything.
        const double sum = sum_of_lanes(row.sum), others = sum < LEAST_SUM ? 0.0 : sum;
        const double own = above == 0.0 ? 1.0 : __builtin_exp(-above);
        results_.loss[n] = __builtin_log1p(others + (own - 1.0)) + above;  // (2)
        if (!wave_) return;
        will_read_target(index + TARGETS_AHEAD);
        const double scale = static_cast<double>(args_.scale);
        row.inverse = static_cast<float>(scale / (own + others));
        const float factor = static_cast<float>(-scale * others / (own + others));
        results_.target_factor[n] = factor;
        const int64_t F = args_.features;
        const float *target = args_.weight + args_.targets[n] * F, *sums = d_hidden_.data + index * h_stride_;
        for (int64_t f = 0; f < F; f += LANES) {  // (4)
            const V own_part = mul(splat(factor), load_within(target + f, F - f));
            store_within(args_.d_hidden + n * F + f, fma(splat(row.inverse), load(sums + f), own_part), F - f);
        }
    }

    // PACK rows of the left factor of (5), side by side and then cut into strips. PACK elements are four bytes.
    void put_scaled(int64_t index) {
        const int64_t stride = scaled_stride(), k = (begin_ - wave_->begin + index) / P::PACK;
        float* together = scaled_.data;
        E* rows = reinterpret_cast<E*>(together + stride);
        for (int64_t pair = 0; pair < P::PACK; ++pair) put_scaled_row(index + pair, rows + pair * stride);
        const E* odd = rows + (P::PACK - 1) * stride;
        for (int64_t i = 0; i < stride; i += LANES) store(together + i, P::interleave(rows + i, odd + i));
        const int64_t chunk = k / wave_->chunk_depth(), place = k % wave_->chunk_depth();
        const int64_t depth = wave_->depth_of_chunk(chunk);
        E* out = wave_->strip(chunk, 0) + place * TILE_ROWS * P::PACK;
        for (int64_t strip = 0; strip < wave_->strips; ++strip) {
            __builtin_memcpy(out, together + strip * TILE_ROWS, TILE_ROWS * sizeof(float));
            out += depth * TILE_ROWS * P::PACK;
        }
    }

    // h scale / Z, then scale / Z itself, then zeros; only zeros for a row past the last.
    void put_scaled_row(int64_t index, E* out) const {
        const int64_t F = args_.features;
        for (int64_t f = 0; f < scaled_stride(); f += LANES) P::put(out + f, zero());
        if (index >= count_) return;
        const float inverse = rows_.data[index].inverse;
        const float* h = args_.hidden + (begin_ + index) * args_.hidden_stride;
        for (int64_t f = 0; f < F; f += LANES) P::put(out + f, mul(load_within(h + f, F - f), splat(inverse)));
        out[F] = P::round(inverse);
    }

    const gw_sampled_softmax_args& args_;
    const Samples<P>& samples_;
    const WordUse& use_;
    const Wave<P>* wave_;  // null when only the loss is wanted
    const int64_t begin_, count_;
    const RowResults& results_;
    const int64_t h_stride_, odds_stride_;
    Scratch<E> hidden_, odds_;
    Scratch<float> d_hidden_;
    Scratch<Row> rows_;
    Scratch<float> scaled_;
    float no_hits_[2 * WIDE] = {};
    E no_odds_[WIDE] = {};
};

}  // namespace
}  // namespace gw::GW_ISA
