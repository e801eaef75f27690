// The C interface to the pooling of quasi-recurrent layers: what is wrong with the arguments is found here.
#include "checks.h"
#include "kernels.h"
#include "threads/held.h"

namespace gw {
namespace {

gw_status check_shape(int64_t sequences, const int64_t* offsets, int32_t reverse, int32_t gates, int64_t hidden_size) {
    GW_TRY(check_offsets(sequences, offsets));
    GW_TRY(check_flag("reverse", reverse));
    GW_TRY(check_range("gates", gates, 1, 3));
    return check_range("hidden_size", hidden_size, 1, MOST_FEATURES);
}

// An array [rows, columns] without gaps; without rows the pointer may be null.
gw_status check_rows(const char* name, const void* pointer, int64_t rows, int64_t columns) {
    if (rows == 0) return GW_OK;
    GW_TRY(check_pointer(name, pointer));
    return check_bytes(name, rows, columns);
}

gw_status check_forward(const gw_qrnn_forward_args& args) {
    GW_TRY(check_shape(args.sequences, args.offsets, args.reverse, args.gates, args.hidden_size));
    const int64_t rows = args.offsets[args.sequences], H = args.hidden_size;
    GW_TRY(check_range("window", args.window, 1, GW_QRNN_LARGEST_WINDOW));
    GW_TRY(check_range("shares_rows", args.shares_rows, 0, MOST_BYTES_OF_ARRAY / 4));
    GW_TRY(check_matrix("shares", args.shares, args.shares_rows, args.window * (1 + args.gates) * H,
                        args.shares_stride));
    if (args.ids) {
        GW_TRY(check_ids("ids", args.ids, rows, args.shares_rows));
    } else {
        GW_TRY(check_range("shares_rows", args.shares_rows, rows, rows));
    }
    GW_TRY(check_pointer("bias", args.bias));
    GW_TRY(check_bytes("zoned", rows, H, 1));
    if (args.cells) GW_TRY(check_bytes("cells", rows, H));
    return check_matrix("hidden", args.hidden, rows, H, args.hidden_stride);
}

gw_status check_backward(const gw_qrnn_backward_args& args) {
    GW_TRY(check_shape(args.sequences, args.offsets, args.reverse, args.gates, args.hidden_size));
    const int64_t rows = args.offsets[args.sequences], H = args.hidden_size;
    GW_TRY(check_rows("sums", args.sums, rows, (1 + args.gates) * H));
    GW_TRY(check_pointer("bias", args.bias));
    GW_TRY(check_rows("cells", args.cells, rows, H));
    GW_TRY(check_matrix("d_hidden", args.d_hidden, rows, H, args.d_hidden_stride));
    GW_TRY(check_rows("d_sums", args.d_sums, rows, (1 + args.gates) * H));
    return check_pointer("d_bias", args.d_bias);
}

}  // namespace
}  // namespace gw

using namespace gw;

gw_status gw_qrnn_forward(const gw_qrnn_forward_args* args) {
    return guarded([&]() -> gw_status {
        GW_TRY(check_pointer("args", args));
        GW_TRY(check_forward(*args));
        const HeldThreads held;
        return explain(kernels()->qrnn_forward(args));
    });
}

gw_status gw_qrnn_backward(const gw_qrnn_backward_args* args) {
    return guarded([&]() -> gw_status {
        GW_TRY(check_pointer("args", args));
        GW_TRY(check_backward(*args));
        const HeldThreads held;
        return explain(kernels()->qrnn_backward(args));
    });
}
