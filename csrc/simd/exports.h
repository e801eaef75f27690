// What each instruction set exports, into a namespace of its own name; kernel_table.cpp puts them into a `Kernels`.
#pragma once

#include "kernels.h"

#if !defined(GW_ISA)
#error "compile with -DGW_ISA=generic or the name of another instruction set"
#endif

namespace gw::GW_ISA {

// lstm.cpp
gw_status lstm_create(const Kernels* kernels, int64_t input_size, int64_t hidden_size, const float* w_ih,
                      const float* w_hh, const float* b_ih, const float* b_hh, gw_precision precision, bool backward,
                      gw_lstm** out);
gw_status lstm_forward(const gw_lstm* lstm, const gw_lstm_forward_args* args);
gw_status lstm_backward(const gw_lstm* lstm, const gw_lstm_backward_args* args);
gw_status lstm_fill(const gw_lstm* lstm, const float* embedding, const int32_t* words, int64_t count, float* table);

// qrnn.cpp
gw_status qrnn_forward(const gw_qrnn_forward_args* args);
gw_status qrnn_backward(const gw_qrnn_backward_args* args);

// softmax.cpp
gw_status sampled_softmax(const gw_sampled_softmax_args* args);

// adam.cpp
void lazy_adam(int64_t features, float* weight, float* m, float* v, const int32_t* touched, int64_t count,
               const float* gradient, int64_t step, float rate, float beta1, float beta2, float epsilon, float decay);

}  // namespace gw::GW_ISA
