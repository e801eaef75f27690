// The C interface of the LSTM: what is wrong with the arguments is found here, before a kernel sees them.
#include <cstddef>
#include <vector>

#include "checks.h"
#include "kernels.h"
#include "memory/arena.h"
#include "word_table.h"
#include "threads/held.h"

namespace gw {
namespace {

// A place where a pointer may only be null if nothing is there.
gw_status check_rows(const char* name, const float* array, int64_t rows) {
    return rows > 0 ? check_pointer(name, array) : GW_OK;
}

// The largest arrays of a call are [N, 4H] and [B, H].
gw_status check_sizes(const gw_lstm& lstm, int64_t sequences, int64_t rows) {
    GW_TRY(check_bytes("gates", rows, 4 * lstm.hidden_size));
    return check_bytes("h_n", sequences, lstm.hidden_size);
}

gw_status check_input(const gw_lstm* lstm, const float* x, int64_t x_stride, const int32_t* ids,
                      const gw_lstm_table* table, int64_t rows) {
    if (rows == 0) return GW_OK;
    if (!x == !ids) return fail(GW_BAD_ARGUMENT, "x and ids: one must be given and the other NULL");
    if (x) return check_matrix("x", x, rows, lstm->input_size, x_stride);
    GW_TRY(check_pointer("table", table));
    if (table->lstm != lstm) return fail(GW_BAD_ARGUMENT, "table was made for another lstm");
    return check_ids("ids", ids, rows, table->vocabulary);
}

gw_status check_forward(const gw_lstm* lstm, const gw_lstm_forward_args& args) {
    GW_TRY(check_offsets(args.sequences, args.offsets));
    GW_TRY(check_flag("reverse", args.reverse));
    const int64_t rows = args.offsets[args.sequences];
    GW_TRY(check_sizes(*lstm, args.sequences, rows));
    GW_TRY(check_input(lstm, args.x, args.x_stride, args.ids, args.table, rows));
    if (args.hidden) return check_matrix("hidden", args.hidden, rows, lstm->hidden_size, args.hidden_stride);
    if (rows > 0 && (args.gates || args.cells)) {
        return fail(GW_BAD_ARGUMENT, "hidden is NULL, which only goes with gates and cells NULL too");
    }
    return GW_OK;
}

gw_status check_gradients(const gw_lstm& lstm, const gw_lstm_backward_args& args, int64_t rows) {
    if (args.d_hidden) GW_TRY(check_matrix("d_hidden", args.d_hidden, rows, lstm.hidden_size, args.d_hidden_stride));
    if (args.d_x) GW_TRY(check_matrix("d_x", args.d_x, rows, lstm.input_size, args.d_x_stride));
    if (!args.d_w_ih == !args.d_w_hh && !args.d_w_ih == !args.d_b) return GW_OK;
    return fail(GW_BAD_ARGUMENT, "d_w_ih, d_w_hh and d_b: all must be given or all NULL");
}

gw_status check_backward(const gw_lstm* lstm, const gw_lstm_backward_args& args) {
    if (!lstm->w_hh_back) return fail(GW_BAD_ARGUMENT, "lstm was made without backward");
    GW_TRY(check_offsets(args.sequences, args.offsets));
    GW_TRY(check_flag("reverse", args.reverse));
    const int64_t rows = args.offsets[args.sequences];
    GW_TRY(check_sizes(*lstm, args.sequences, rows));
    GW_TRY(check_matrix("x", args.x, rows, lstm->input_size, args.x_stride));
    GW_TRY(check_matrix("hidden", args.hidden, rows, lstm->hidden_size, args.hidden_stride));
    GW_TRY(check_rows("gates", args.gates, rows));
    GW_TRY(check_rows("cells", args.cells, rows));
    return check_gradients(*lstm, args, rows);
}

gw_status forward(const gw_lstm* lstm, const gw_lstm_forward_args& args) {
    GW_TRY(check_forward(lstm, args));
    const HeldThreads held;
    const int64_t rows = args.offsets[args.sequences];
    if (args.ids && rows > 0) GW_TRY(explain(fill_rows(args.table, args.ids, rows)));
    return explain(lstm->kernels->lstm_forward(lstm, &args));
}

// As many sequences as rows, one row each.
class OneStepOffsets {
public:
    explicit OneStepOffsets(int64_t sequences) {
        if (sequences >= FEW) large_.resize(static_cast<size_t>(sequences) + 1);
        data = sequences >= FEW ? large_.data() : few_;
        for (int64_t b = 0; b <= sequences; ++b) data[b] = b;
    }
    OneStepOffsets(const OneStepOffsets&) = delete;
    OneStepOffsets& operator=(const OneStepOffsets&) = delete;

    int64_t* data;

private:
    static constexpr int64_t FEW = 64;  // a stream of words has one sequence, which shall not cost an allocation
    int64_t few_[FEW];
    std::vector<int64_t> large_;
};

gw_status step(const gw_lstm* lstm, int64_t sequences, const float* x, int64_t x_stride, const int32_t* ids,
               gw_lstm_table* table, float* h, float* c) {
    GW_TRY(check_range("sequences", sequences, 0, MOST_BYTES_OF_ARRAY / 8));
    GW_TRY(check_rows("h", h, sequences));
    GW_TRY(check_rows("c", c, sequences));
    const OneStepOffsets offsets(sequences);
    gw_lstm_forward_args args = {};
    args.sequences = sequences, args.offsets = offsets.data;
    args.x = x, args.x_stride = x_stride, args.ids = ids, args.table = table;
    args.h0 = args.h_n = h, args.c0 = args.c_n = c;
    return forward(lstm, args);
}

gw_status check_weights(int64_t input_size, int64_t hidden_size, const float* w_ih, const float* w_hh) {
    GW_TRY(check_range("input_size", input_size, 1, MOST_FEATURES));
    GW_TRY(check_range("hidden_size", hidden_size, 1, MOST_FEATURES));
    GW_TRY(check_bytes("w_ih", 4 * hidden_size, input_size));
    GW_TRY(check_bytes("w_hh", 4 * hidden_size, hidden_size));
    GW_TRY(check_pointer("w_ih", w_ih));
    return check_pointer("w_hh", w_hh);
}

gw_status check_table(const gw_lstm* lstm, int64_t vocabulary) {
    GW_TRY(check_pointer("lstm", lstm));
    GW_TRY(check_range("vocabulary", vocabulary, 1, MOST_WORDS));
    return check_bytes("the table", vocabulary, lstm->gates_width);
}

}  // namespace
}  // namespace gw

using namespace gw;

gw_status gw_lstm_create(int64_t input_size, int64_t hidden_size, const float* w_ih, const float* w_hh,
                         const float* b_ih, const float* b_hh, gw_precision precision, int32_t backward,
                         gw_lstm** out) {
    return guarded([&]() -> gw_status {
        GW_TRY(check_weights(input_size, hidden_size, w_ih, w_hh));
        const Kernels* chosen = kernels();
        GW_TRY(check_precision(precision, chosen->has_bf16));
        GW_TRY(check_flag("backward", backward));
        GW_TRY(check_pointer("out", out));
        const HeldThreads held;
        return explain(chosen->lstm_create(chosen, input_size, hidden_size, w_ih, w_hh, b_ih, b_hh, precision,
                                           backward == 1, out));
    });
}

void gw_lstm_free(gw_lstm* lstm) {
    if (!lstm) return;
    give(lstm->memory);
    give(lstm);
}

int64_t gw_lstm_table_bytes(const gw_lstm* lstm, int64_t vocabulary) {
    return check_table(lstm, vocabulary) == GW_OK ? table_bytes(lstm, vocabulary) : -1;
}

gw_status gw_lstm_table_create(const gw_lstm* lstm, const float* embedding, int64_t vocabulary, gw_lstm_table** out) {
    return guarded([&]() -> gw_status {
        GW_TRY(check_table(lstm, vocabulary));
        GW_TRY(check_pointer("embedding", embedding));
        GW_TRY(check_pointer("out", out));
        gw_lstm_table* table = make_table(lstm, embedding, vocabulary);
        if (!table) return fail(GW_NO_MEMORY, "no memory for the table");
        *out = table;
        return GW_OK;
    });
}

void gw_lstm_table_free(gw_lstm_table* table) { free_table(table); }

gw_status gw_lstm_forward(const gw_lstm* lstm, const gw_lstm_forward_args* args) {
    return guarded([&]() -> gw_status {
        GW_TRY(check_pointer("lstm", lstm));
        GW_TRY(check_pointer("args", args));
        return forward(lstm, *args);
    });
}

gw_status gw_lstm_backward(const gw_lstm* lstm, const gw_lstm_backward_args* args) {
    return guarded([&]() -> gw_status {
        GW_TRY(check_pointer("lstm", lstm));
        GW_TRY(check_pointer("args", args));
        GW_TRY(check_backward(lstm, *args));
        const HeldThreads held;
        return explain(lstm->kernels->lstm_backward(lstm, args));
    });
}

gw_status gw_lstm_step(const gw_lstm* lstm, int64_t sequences, const float* x, int64_t x_stride, const int32_t* ids,
                       gw_lstm_table* table, float* h, float* c) {
    return guarded([&]() -> gw_status {
        GW_TRY(check_pointer("lstm", lstm));
        return step(lstm, sequences, x, x_stride, ids, table, h, c);
    });
}
