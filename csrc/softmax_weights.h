// Equation (5) of softmax.cpp: the gradients of weights and biases.
#pragma once

#include "softmax_rows.h"

namespace gw::GW_ISA {
namespace {

// sums [features + 1][WIDE] += over the rows of a wave, scaled hidden states times the odds of a panel of samples.
template <class P>
GW_INLINE void add_wave(const Wave<P>& wave, int64_t sample, int64_t vectors, int64_t features, float* sums) {
    const typename P::Element* odds = wave.panel(sample);
    for (int64_t chunk = 0; wave.depth_of_chunk(chunk) > 0; ++chunk) {
        const int64_t depth = wave.depth_of_chunk(chunk);
        for (int64_t first = 0; first < features + 1; first += TILE_ROWS) {
            const int64_t rows = min_of(TILE_ROWS, features + 1 - first);
            const typename P::Element* strip[TILE_ROWS];
            float* out[TILE_ROWS];
            for (int64_t r = 0; r < rows; ++r) {
                strip[r] = wave.strip(chunk, first / TILE_ROWS) + r * P::PACK;
                out[r] = sums + (first + r) * WIDE;
            }
            product_for<P>(rows, vectors)(strip, TILE_ROWS * P::PACK, odds, depth, out, out, vectors * LANES);
        }
        odds += depth * vectors * LANES * P::PACK;
    }
}

// Row k of d_weight from column k of a panel's sums, for `count` samples from `first` on.
GW_INLINE void put_columns(const gw_sampled_softmax_args& args, const WordUse& use, const float* sums, int64_t first,
                           int64_t count) {
    const int64_t F = args.features;
    for (int64_t f0 = 0; f0 < F; f0 += LANES) {  // a block of the nearest cache at a time
        const int64_t f1 = min_of(F, f0 + LANES);
        for (int64_t k = 0; k < count; ++k) {
            float* out = args.d_weight + use.samples.data[first + k] * F;
            for (int64_t f = f0; f < f1; ++f) out[f] = sums[f * WIDE + k];
        }
    }
    for (int64_t k = 0; k < count; ++k) args.d_bias[use.samples.data[first + k]] = sums[F * WIDE + k];
}

// Add the targets' part for the words from `first` to `last`; words that are no samples begin with zero.
GW_INLINE void add_targets(const gw_sampled_softmax_args& args, const WordUse& use, const float* factor,
                           int64_t first, int64_t last) {
    const int64_t F = args.features;
    for (int64_t k = first; k < last; ++k) {
        float* out = args.d_weight + k * F;
        if (use.sample.data[k] < 0) {
            for (int64_t f = 0; f < F; ++f) out[f] = 0.0f;
            args.d_bias[k] = 0.0f;
        }
        for (int64_t i = use.begins.data[k]; i < use.begins.data[k + 1]; ++i) {
            const int64_t n = use.rows.data[i];
            const float *h = args.hidden + n * args.hidden_stride, own = factor[n];
            for (int64_t f = 0; f < F; f += LANES) {
                const V sum = fma(splat(own), load_within(h + f, F - f), load_within(out + f, F - f));
                store_within(out + f, sum, F - f);
            }
            args.d_bias[k] += own;
        }
    }
}

}  // namespace
}  // namespace gw::GW_ISA
