// What each instruction set provides, and which one is in use.
//
// lstm.cpp, qrnn.cpp, softmax.cpp and adam.cpp are compiled once for each instruction set with GW_ISA naming it. They
// include no standard library templates and keep all they define in unnamed namespaces, so that the linker can never
// pick code that was compiled for a newer processor.
#pragma once

#include "gatewise.h"

namespace gw {

struct Kernels {
    const char* name;
    bool has_bf16;

    gw_status (*lstm_create)(const Kernels* kernels, int64_t input_size, int64_t hidden_size, const float* w_ih,
                             const float* w_hh, const float* b_ih, const float* b_hh, gw_precision precision,
                             bool backward, gw_lstm** out);
    gw_status (*lstm_forward)(const gw_lstm* lstm, const gw_lstm_forward_args* args);
    gw_status (*lstm_backward)(const gw_lstm* lstm, const gw_lstm_backward_args* args);
    // table[words[k]] = embedding[words[k]] W_ih^T + b for all k.
    gw_status (*lstm_fill)(const gw_lstm* lstm, const float* embedding, const int32_t* words, int64_t count,
                           float* table);
    gw_status (*sampled_softmax)(const gw_sampled_softmax_args* args);
    gw_status (*qrnn_forward)(const gw_qrnn_forward_args* args);
    gw_status (*qrnn_backward)(const gw_qrnn_backward_args* args);
    void (*lazy_adam)(int64_t features, float* weight, float* m, float* v, const int32_t* touched, int64_t count,
                      const float* gradient, int64_t step, float rate, float beta1, float beta2, float epsilon,
                      float decay);
};

// In use now. Never null.
const Kernels* kernels();

// The kernels of that name if they can run here, else null; and the names that can, slowest first.
const Kernels* find_kernels(const char* name);
const char* kernel_names();
void use_kernels(const Kernels* chosen);

}  // namespace gw

// Packed weights. Blocks are of the arena; give them back with gw_lstm_free.
struct gw_lstm {
    const gw::Kernels* kernels;
    int64_t input_size, hidden_size;
    gw_precision precision;
    int64_t gates_width;    // floats of one row of projected gates, padded
    void* memory;           // one block that the pointers below point into
    const void* w_ih;       // see lstm.cpp for how they are packed
    const void* w_hh;
    const float* bias;
    const void* w_ih_back;  // null unless packed for backward
    const void* w_hh_back;
};

// Rows of projected gates, filled in as words are met.
struct gw_lstm_table {
    const gw_lstm* lstm;
    const float* embedding;
    int64_t vocabulary;
    float* rows;         // [V, lstm->gates_width]
    void* is_filled;     // [V] std::atomic<uint8_t>
    void* lock;          // std::mutex, held while rows are filled
};
