// Long short-term memory over ragged sequences.
//
//   i = sigmoid(W_ii x + b_i + W_hi h + b_hi)   (1)      g =    tanh(W_ig x + b_g + W_hg h + b_hg)   (3)
//   f = sigmoid(W_if x + b_f + W_hf h + b_hf)   (2)      o = sigmoid(W_io x + b_o + W_ho h + b_ho)   (4)
//   c' = f c + i g                              (5)      h' = o tanh(c')                             (6)
//
// Hochreiter and Schmidhuber (1997), Neural Computation 9(8); the forget gate is of Gers, Schmidhuber and Cummins
// (2000), Neural Computation 12(10). The backward pass is in lstm_backward.h.
//
// A task takes a group of whole sequences and walks it from step to step, so no thread ever waits for another. Within
// a step, the units are in the lanes of vectors: the four gates of LANES units for a few sequences are summed in
// registers, and (1) to (6) follow at once. The input's share W_ih x + b is made for a few steps ahead in one product.
#include "kernels.h"

#include "lstm_backward.h"
#include "lstm_forward.h"
#include "simd/exports.h"

namespace gw::GW_ISA {
namespace {

// Elements and floats of the packed weights, in the order in which they lie in gw_lstm.memory.
template <class P>
gw_status pack_weights(gw_lstm* net, const float* w_ih, const float* w_hh, const float* b_ih, const float* b_hh,
                       bool backward) {
    using E = typename P::Element;
    const int64_t I = net->input_size, H = net->hidden_size, width = net->gates_width;
    const int64_t sizes[] = {packed_size<P>(I, width), packed_size<P>(H, width),
                             backward ? packed_size<P>(4 * H, I) : 0, backward ? packed_size<P>(4 * H, H) : 0};
    const int64_t elements = sizes[0] + sizes[1] + sizes[2] + sizes[3];
    net->memory = take(width * static_cast<int64_t>(sizeof(float)) + elements * static_cast<int64_t>(sizeof(E)));
    if (!net->memory) return GW_NO_MEMORY;
    float* bias = static_cast<float*>(net->memory);
    E* packed[4] = {reinterpret_cast<E*>(bias + width)};
    for (int i = 1; i < 4; ++i) packed[i] = packed[i - 1] + sizes[i - 1];

    // A forward panel has the four gates of LANES units, or of what is left, side by side.
    const auto source = [H](int64_t column) -> int64_t {
        const int64_t unit = column / (PANEL * LANES) * LANES, wide = min_of(LANES, H - unit);
        const int64_t place = column % (PANEL * LANES);
        return place < 4 * wide ? place / wide * H + unit + place % wide : -1;
    };
    for (int64_t column = 0; column < width; ++column) {
        const int64_t row = source(column);
        bias[column] = row < 0 ? 0.0f : (b_ih ? b_ih[row] : 0.0f) + (b_hh ? b_hh[row] : 0.0f);
    }
    const auto forward = [&source](const float* weight, int64_t depth) {
        return [=](int64_t k, int64_t column) {
            const int64_t row = source(column);
            return row < 0 ? 0.0f : weight[row * depth + k];
        };
    };
    pack<P>(I, width, forward(w_ih, I), packed[0]);
    pack<P>(H, width, forward(w_hh, H), packed[1]);
    net->bias = bias, net->w_ih = packed[0], net->w_hh = packed[1];
    if (!backward) return GW_OK;
    pack<P>(4 * H, I, [=](int64_t k, int64_t column) { return w_ih[k * I + column]; }, packed[2]);
    pack<P>(4 * H, H, [=](int64_t k, int64_t column) { return w_hh[k * H + column]; }, packed[3]);
    net->w_ih_back = packed[2], net->w_hh_back = packed[3];
    return GW_OK;
}

// Call use(group, worker) for groups of sequences by all threads, longest first.
template <class Use>
gw_status for_groups(const int64_t* offsets, int64_t sequences, const Use& use) {
    const int64_t size = group_size(sequences, threads()), groups = ceil_div(sequences, size);
    Scratch<int64_t> order(max_of(1, sequences));
    Scratch<gw_status> status(max_of(1, groups));
    if (!order.data || !status.data) return GW_NO_MEMORY;
    longest_first(offsets, sequences, order.data);
    parallel_for(groups, [&](int64_t task, int32_t) {
        status.data[task] = use(Group{order.data + task * size, min_of(size, sequences - task * size)});
    });
    for (int64_t task = 0; task < groups; ++task) {
        if (status.data[task] != GW_OK) return status.data[task];
    }
    return GW_OK;
}

template <class P>
gw_status forward(const gw_lstm& net, const gw_lstm_forward_args& args) {
    return for_groups(args.offsets, args.sequences, [&](const Group& group) {
        return forward_group<P>(net, args, group);
    });
}

template <class P>
gw_status backward(const gw_lstm& net, const gw_lstm_backward_args& args) {
    using E = typename P::Element;
    const int64_t rows = args.offsets[args.sequences], gates = 4 * net.hidden_size;
    Scratch<E> d_gates(rows * gates + PANEL * LANES);
    if (!d_gates.data) return GW_NO_MEMORY;
    const gw_status status = for_groups(args.offsets, args.sequences, [&](const Group& group) {
        return backward_group<P>(net, args, group, d_gates.data);
    });
    if (status != GW_OK || !args.d_w_ih) return status;
    return weight_gradients<P>(net, args, d_gates.data);
}

}  // namespace

gw_status lstm_create(const Kernels* kernels, int64_t input_size, int64_t hidden_size, const float* w_ih,
                      const float* w_hh, const float* b_ih, const float* b_hh, gw_precision precision, bool backward,
                      gw_lstm** out) {
    gw_lstm* net = static_cast<gw_lstm*>(take(sizeof(gw_lstm)));
    if (!net) return GW_NO_MEMORY;
    *net = gw_lstm{};
    net->kernels = kernels, net->input_size = input_size, net->hidden_size = hidden_size;
    net->precision = precision, net->gates_width = padded(4 * hidden_size);
#if defined(__AVX512BF16__)
    const gw_status status = precision == GW_BF16 ? pack_weights<Bf16>(net, w_ih, w_hh, b_ih, b_hh, backward)
                                                  : pack_weights<Fp32>(net, w_ih, w_hh, b_ih, b_hh, backward);
#else
    const gw_status status = pack_weights<Fp32>(net, w_ih, w_hh, b_ih, b_hh, backward);
#endif
    if (status == GW_OK) {
        *out = net;
    } else {
        give(net);
    }
    return status;
}

gw_status lstm_forward(const gw_lstm* net, const gw_lstm_forward_args* args) {
#if defined(__AVX512BF16__)
    if (net->precision == GW_BF16) return forward<Bf16>(*net, *args);
#endif
    return forward<Fp32>(*net, *args);
}

gw_status lstm_backward(const gw_lstm* net, const gw_lstm_backward_args* args) {
#if defined(__AVX512BF16__)
    if (net->precision == GW_BF16) return backward<Bf16>(*net, *args);
#endif
    return backward<Fp32>(*net, *args);
}

gw_status lstm_fill(const gw_lstm* net, const float* embedding, const int32_t* words, int64_t count, float* table) {
#if defined(__AVX512BF16__)
    if (net->precision == GW_BF16) return fill_table<Bf16>(*net, embedding, words, count, table);
#endif
    return fill_table<Fp32>(*net, embedding, words, count, table);
}

}  // namespace gw::GW_ISA
