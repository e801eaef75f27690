// A problem of reference.h given to the library.
#pragma once

#include <string>

#include "check.h"
#include "gatewise.h"
#include "reference.h"

namespace gw_test {

inline std::vector<std::string> isas() {
    std::vector<std::string> names(1);
    for (const char* c = gw_isas(); *c; ++c) {
        if (*c == ',') {
            names.emplace_back();
        } else {
            names.back() += *c;
        }
    }
    return names;
}

// Weights of a problem, packed.
class Net {
public:
    explicit Net(const Problem& p, gw_precision precision = GW_FP32) {
        CHECK(gw_lstm_create(p.I, p.H, p.w_ih.data(), p.w_hh.data(), p.b_ih.data(), p.b_hh.data(), precision, 1,
                             &lstm) == GW_OK);
    }
    ~Net() { gw_lstm_free(lstm); }
    Net(const Net&) = delete;
    Net& operator=(const Net&) = delete;

    gw_lstm* lstm = nullptr;
};

// Results of the library. Rows of hidden and d_x lie apart, to see that strides are kept.
struct Native {
    static constexpr int64_t GAP = 3;
    static constexpr float UNTOUCHED = 12345.0f;
    Floats hidden, cells, gates, h_n, c_n;
    Floats d_x, d_h0, d_c0, d_w_ih, d_w_hh, d_b;

    Native(const Problem& p, const gw_lstm* lstm) {
        forward(p, lstm);
        backward(p, lstm);
        hidden = packed(hidden, p.rows(), p.H);
        d_x = packed(d_x, p.rows(), p.I);
    }

    bool operator==(const Native& o) const {
        return hidden == o.hidden && cells == o.cells && gates == o.gates && h_n == o.h_n && c_n == o.c_n &&
               d_x == o.d_x && d_h0 == o.d_h0 && d_c0 == o.d_c0 && d_w_ih == o.d_w_ih && d_w_hh == o.d_w_hh &&
               d_b == o.d_b;
    }

private:
    static Floats space(int64_t count) { return Floats(static_cast<size_t>(count), UNTOUCHED); }

    static Floats packed(const Floats& apart, int64_t rows, int64_t width) {
        Floats together;
        for (int64_t n = 0; n < rows; ++n) {
            const float* row = &apart[at(n, width + GAP, 0)];
            together.insert(together.end(), row, row + width);
            for (int64_t k = width; k < width + GAP; ++k) CHECK(row[k] == UNTOUCHED);
        }
        return together;
    }

    void forward(const Problem& p, const gw_lstm* lstm) {
        const int64_t N = p.rows(), states = p.sequences() * p.H;
        hidden = space(N * (p.H + GAP)), cells = space(N * p.H), gates = space(N * 4 * p.H);
        h_n = space(states), c_n = space(states);
        gw_lstm_forward_args args = {};
        args.sequences = p.sequences(), args.offsets = p.offsets.data(), args.reverse = p.is_reverse;
        args.x = p.x.data(), args.x_stride = p.I, args.h0 = p.h0.data(), args.c0 = p.c0.data();
        args.hidden = hidden.data(), args.hidden_stride = p.H + GAP;
        args.h_n = h_n.data(), args.c_n = c_n.data(), args.gates = gates.data(), args.cells = cells.data();
        CHECK(gw_lstm_forward(lstm, &args) == GW_OK);
    }

    void backward(const Problem& p, const gw_lstm* lstm) {
        d_x = space(p.rows() * (p.I + GAP)), d_h0 = space(p.sequences() * p.H), d_c0 = d_h0;
        d_w_ih = space(4 * p.H * p.I), d_w_hh = space(4 * p.H * p.H), d_b = space(4 * p.H);
        gw_lstm_backward_args args = {};
        args.sequences = p.sequences(), args.offsets = p.offsets.data(), args.reverse = p.is_reverse;
        args.x = p.x.data(), args.x_stride = p.I, args.h0 = p.h0.data(), args.c0 = p.c0.data();
        args.hidden = hidden.data(), args.hidden_stride = p.H + GAP, args.gates = gates.data();
        args.cells = cells.data(), args.d_hidden = p.d_hidden.data(), args.d_hidden_stride = p.H;
        args.d_h_n = p.d_h_n.data(), args.d_c_n = p.d_c_n.data();
        args.d_x = d_x.data(), args.d_x_stride = p.I + GAP, args.d_h0 = d_h0.data(), args.d_c0 = d_c0.data();
        args.d_w_ih = d_w_ih.data(), args.d_w_hh = d_w_hh.data(), args.d_b = d_b.data();
        CHECK(gw_lstm_backward(lstm, &args) == GW_OK);
    }
};

}  // namespace gw_test
