// The rows of the output matrix that belong to the samples, packed for both products with them.
#pragma once

#include "gatewise.h"
#include "memory/arena.h"
#include "simd/pack.h"
#include "threads/pool.h"

namespace gw::GW_ISA {
namespace {

// Columns of a panel, and the samples whose logits are made before they are multiplied back: with their weights they
// stay in the second-level cache.
constexpr int64_t WIDE = PANEL * LANES;
constexpr int64_t GROUP = 4 * WIDE;

constexpr float INFINITE = __builtin_huge_valf();

GW_INLINE float corrected_bias(const gw_sampled_softmax_args& args, int32_t word) {
    return args.bias[word] - (args.log_expected ? args.log_expected[word] : 0.0f);
}

// Samples are padded to whole vectors with weights of zero and a bias of minus infinity.
template <class P>
class Samples {
public:
    using E = typename P::Element;
    const int64_t width, features_wide, deep;  // all padded: samples, features, features as PACKs

    explicit Samples(const gw_sampled_softmax_args& args)
        : width(padded(args.negatives)), features_wide(padded(args.features)),
          deep(ceil_div(args.features, P::PACK) * P::PACK), args_(args), forward_(width * deep + LANES),
          back_(width * features_wide + LANES), bias_(max_of(1, width)) {}

    bool has_memory() const { return forward_.data && back_.data && bias_.data; }

    // Of the panel that begins with this sample. [deep / PACK][width of the panel][PACK]: for sums over features.
    const E* forward_panel(int64_t sample) const { return forward_.data + sample * deep; }

    // Of the panel that begins with this feature and the group that begins with this sample.
    // [samples of the group / PACK][width of the panel][PACK]: for sums over samples.
    E* back_panel(int64_t group, int64_t feature) const {
        return back_.data + group * features_wide + feature * min_of(GROUP, width - group);
    }

    const float* bias(int64_t sample) const { return bias_.data + sample; }

    gw_status pack() {
        const int64_t panels = ceil_div(width, WIDE);
        Scratch<gw_status> status(max_of(1, panels));
        if (!status.data) return GW_NO_MEMORY;
        parallel_for(panels, [&](int64_t panel, int32_t) { status.data[panel] = pack_panel(panel); });
        for (int64_t panel = 0; panel < panels; ++panel) {
            if (status.data[panel] != GW_OK) return status.data[panel];
        }
        return GW_OK;
    }

private:
    gw_status pack_panel(int64_t panel) {
        const int64_t first = panel * WIDE, wide = min_of(WIDE, width - first);
        Scratch<E> rows(wide * features_wide);
        if (!rows.data) return GW_NO_MEMORY;
        for (int64_t column = 0; column < wide; ++column) {
            const int64_t sample = first + column;
            E* row = rows.data + column * features_wide;
            if (sample < args_.negatives) {
                put_row<P>(args_.weight + args_.samples[sample] * args_.features, args_.features, row);
                bias_.data[sample] = corrected_bias(args_, args_.samples[sample]);
            } else {
                for (int64_t f = 0; f < features_wide; ++f) row[f] = 0;
                bias_.data[sample] = -INFINITE;
            }
        }
        pack_forward(rows.data, wide, forward_.data + first * deep);
        pack_back(rows.data, first, wide);
        return GW_OK;
    }

    // PACK elements are four bytes in either precision.
    void pack_forward(const E* rows, int64_t wide, E* out) const {
        for (int64_t column = 0; column < wide; ++column) {
            const E* row = rows + column * features_wide;
            for (int64_t k = 0; k < deep; k += P::PACK) {
                __builtin_memcpy(out + k * wide + column * P::PACK, row + k, sizeof(float));
            }
        }
    }

    void pack_back(const E* rows, int64_t first, int64_t wide) {
        const int64_t group = first / GROUP * GROUP;
        for (int64_t s = 0; s < wide; s += P::PACK) {
            const E *even = rows + s * features_wide, *odd = even + (P::PACK - 1) * features_wide;
            for_panels(features_wide, [&](int64_t feature, int64_t vectors) {
                E* row = back_panel(group, feature) + (first + s - group) * vectors * LANES;
                float* out = reinterpret_cast<float*>(row);
                for (int64_t c = 0; c < vectors * LANES; c += LANES) {
                    store(out + c, P::interleave(even + feature + c, odd + feature + c));
                }
            });
        }
    }

    const gw_sampled_softmax_args& args_;
    Scratch<E> forward_, back_;
    Scratch<float> bias_;
};

}  // namespace
}  // namespace gw::GW_ISA
