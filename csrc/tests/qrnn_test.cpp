// The pooling of quasi-recurrent layers against the same in doubles, one number at a time.
#include <algorithm>
#include <cstring>

#include "native.h"

namespace {

using namespace gw_test;

constexpr float UNTOUCHED = 12345.0f;

struct Pooling {
    static constexpr int64_t GAP = 3;  // floats between rows of matrices that may have gaps
    int32_t gates;
    int64_t H;
    std::vector<int64_t> offsets{0};
    int32_t is_reverse;
    Floats sums, bias, d_hidden;
    std::vector<uint8_t> zoned;

    Pooling(int32_t gates, int64_t H, const std::vector<int64_t>& lengths, bool is_reverse, bool has_zones)
        : gates(gates), H(H), is_reverse(is_reverse) {
        for (const int64_t length : lengths) offsets.push_back(offsets.back() + length);
        uint32_t seed = static_cast<uint32_t>(H * 8 + gates);
        sums = random(rows() * width(), 3.0f, seed), bias = random(width(), 1.0f, seed);
        d_hidden = random(rows() * (H + GAP), 1.0f, seed);
        for (const float drawn : random(has_zones ? rows() * H : 0, 1.0f, seed)) zoned.push_back(drawn > 0.4f);
    }

    int64_t width() const { return (1 + gates) * H; }
    int64_t sequences() const { return static_cast<int64_t>(offsets.size()) - 1; }
    int64_t rows() const { return offsets.back(); }
    int64_t row(int64_t b, int64_t step) const {
        const auto s = static_cast<size_t>(b);
        return is_reverse ? offsets[s + 1] - 1 - step : offsets[s] + step;
    }
    int64_t length(int64_t b) const { return offsets[static_cast<size_t>(b) + 1] - offsets[static_cast<size_t>(b)]; }
    const uint8_t* zones() const { return zoned.empty() ? nullptr : zoned.data(); }
};

template <class Number>
struct Pooled {
    using Numbers = std::vector<Number>;
    Numbers hidden, cells, d_sums, d_bias;

    explicit Pooled(const Pooling& p, Number first)
        : hidden(static_cast<size_t>(p.rows() * p.H), first), cells(hidden),
          d_sums(static_cast<size_t>(p.rows() * p.width()), first), d_bias(static_cast<size_t>(p.width()), first) {}

    bool operator==(const Pooled& o) const {
        return hidden == o.hidden && cells == o.cells && d_sums == o.d_sums && d_bias == o.d_bias;
    }
};

class PoolingReference : public Pooled<double> {
public:
    explicit PoolingReference(const Pooling& problem) : Pooled(problem, 0.0), p(problem) {
        for (int64_t b = 0; b < p.sequences(); ++b) {
            for (int64_t u = 0; u < p.H; ++u) unit(b, u);
        }
    }

private:
    const Pooling& p;

    double sum(int64_t n, int64_t gate, int64_t u) const {
        return static_cast<double>(p.sums[at(n, p.width(), gate * p.H + u)]) + p.bias[at(0, 0, gate * p.H + u)];
    }

    double gate(int64_t n, int64_t gate, int64_t u) const { return 1.0 / (1.0 + std::exp(-sum(n, gate, u))); }

    double forget(int64_t n, int64_t u) const {
        return !p.zoned.empty() && p.zoned[at(n, p.H, u)] ? 1.0 : gate(n, 1, u);
    }

    void unit(int64_t b, int64_t u) {
        double cell = 0;
        for (int64_t step = 0; step < p.length(b); ++step) {
            const int64_t n = p.row(b, step);
            const double f = forget(n, u), z = std::tanh(sum(n, 0, u)), i = p.gates > 2 ? gate(n, 3, u) : 1 - f;
            cells[at(n, p.H, u)] = cell = f * cell + i * z;
            hidden[at(n, p.H, u)] = p.gates > 1 ? gate(n, 2, u) * cell : cell;
        }
        double d_later = 0;
        for (int64_t step = p.length(b) - 1; step >= 0; --step) d_later = backward(b, step, u, d_later);
    }

    double backward(int64_t b, int64_t step, int64_t u, double d_later) {
        const int64_t n = p.row(b, step);
        const double f = forget(n, u), z = std::tanh(sum(n, 0, u)), i = p.gates > 2 ? gate(n, 3, u) : 1 - f;
        const double o = p.gates > 1 ? gate(n, 2, u) : 1, d_h = p.d_hidden[at(n, p.H + Pooling::GAP, u)];
        const double before = step > 0 ? cells[at(p.row(b, step - 1), p.H, u)] : 0, d_cell = d_h * o + d_later;
        put(n, 0, u, d_cell * i * (1 - z * z));
        put(n, 1, u, d_cell * (p.gates > 2 ? before : before - z) * f * (1 - f));
        if (p.gates > 1) put(n, 2, u, d_h * cells[at(n, p.H, u)] * o * (1 - o));
        if (p.gates > 2) put(n, 3, u, d_cell * z * i * (1 - i));
        return d_cell * f;
    }

    void put(int64_t n, int64_t gate, int64_t u, double d) {
        d_sums[at(n, p.width(), gate * p.H + u)] = d;
        d_bias[at(0, 0, gate * p.H + u)] += d;
    }
};

gw_qrnn_forward_args forward_args(const Pooling& p) {
    gw_qrnn_forward_args args = {};
    args.sequences = p.sequences(), args.offsets = p.offsets.data(), args.reverse = p.is_reverse;
    args.gates = p.gates, args.hidden_size = p.H, args.window = 1;
    args.shares = p.sums.data(), args.shares_rows = p.rows(), args.shares_stride = p.width();
    args.bias = p.bias.data(), args.zoned = p.zones();
    return args;
}

gw_qrnn_backward_args backward_args(const Pooling& p) {
    gw_qrnn_backward_args args = {};
    args.sequences = p.sequences(), args.offsets = p.offsets.data(), args.reverse = p.is_reverse;
    args.gates = p.gates, args.hidden_size = p.H;
    args.sums = p.sums.data(), args.bias = p.bias.data(), args.zoned = p.zones();
    args.d_hidden = p.d_hidden.data(), args.d_hidden_stride = p.H + Pooling::GAP;
    return args;
}

Pooled<float> native_pooling(const Pooling& p) {
    Pooled<float> got(p, UNTOUCHED);
    Floats apart(static_cast<size_t>(p.rows() * (p.H + Pooling::GAP)), UNTOUCHED);
    gw_qrnn_forward_args forward = forward_args(p);
    forward.hidden = apart.data(), forward.hidden_stride = p.H + Pooling::GAP, forward.cells = got.cells.data();
    CHECK(gw_qrnn_forward(&forward) == GW_OK);
    for (int64_t n = 0; n < p.rows(); ++n) {
        const float* row = &apart[at(n, p.H + Pooling::GAP, 0)];
        std::copy_n(row, p.H, got.hidden.begin() + n * p.H);
        for (int64_t k = p.H; k < p.H + Pooling::GAP; ++k) CHECK(row[k] == UNTOUCHED);
    }
    gw_qrnn_backward_args backward = backward_args(p);
    backward.cells = got.cells.data(), backward.d_sums = got.d_sums.data(), backward.d_bias = got.d_bias.data();
    CHECK(gw_qrnn_backward(&backward) == GW_OK);
    return got;
}

// NaN is close to nothing.
void compare(const char* name, const Floats& got, const Doubles& expected, double tolerance) {
    CHECK(got.size() == expected.size());
    double scale = 1;
    for (const double e : expected) scale = std::max(scale, std::fabs(e));
    for (size_t k = 0; k < got.size(); ++k) {
        const bool is_close = std::fabs(got[k] - expected[k]) <= tolerance * scale;
        if (is_close) continue;
        std::fprintf(stderr, "%s[%zu] is %g, not %g\n", name, k, static_cast<double>(got[k]), expected[k]);
        CHECK(is_close);
        return;
    }
}

// More rows than a task walks, and sequences of every kind.
const std::vector<int64_t> LENGTHS = {3, 0, 530, 1, 0, 40, 500, 2, 31};

void test_results_and_gradients_are_those_of_the_reference() {
    const std::vector<std::vector<int64_t>> batches = {{}, {0}, {1}, {0, 0, 3, 0}, LENGTHS};
    for (const int32_t gates : {1, 2, 3}) {
        for (const int64_t H : {1, 16, 37, 130}) {
            for (const auto& lengths : batches) {
                for (const int kind : {0, 1, 2, 3}) {
                    const Pooling p(gates, H, lengths, kind & 1, kind & 2);
                    const PoolingReference expected(p);
                    const Pooled<float> got = native_pooling(p);
                    // Floats carry 6e-8; a cell forgets its errors as it forgets all else.
                    compare("hidden", got.hidden, expected.hidden, 1e-6);
                    compare("cells", got.cells, expected.cells, 1e-6);
                    compare("d_sums", got.d_sums, expected.d_sums, 1e-5);
                    compare("d_bias", got.d_bias, expected.d_bias, 1e-5);
                }
            }
        }
    }
}

void test_the_number_of_threads_changes_no_bit() {
    const Pooling p(2, 37, LENGTHS, true, true);
    gw_use_threads(1);
    const Pooled<float> alone = native_pooling(p);
    for (const int32_t threads : {2, 3, 8}) {
        gw_use_threads(threads);
        CHECK(native_pooling(p) == alone);
    }
}

// Shares of k words, added by hand, are the sums; and rows of a table are rows like any.
void test_shares_are_added_within_their_sequence() {
    constexpr int64_t K = 3, V = 20;
    for (const bool is_reverse : {false, true}) {
        Pooling p(3, 19, LENGTHS, is_reverse, false);
        uint32_t seed = 5;
        const Floats table = random(V * K * p.width(), 1.0f, seed);
        std::vector<int32_t> ids;
        for (int64_t n = 0; n < p.rows(); ++n) ids.push_back(static_cast<int32_t>(n * 7919 % V));
        for (int64_t b = 0; b < p.sequences(); ++b) {
            for (int64_t step = 0; step < p.length(b); ++step) {
                for (int64_t c = 0; c < p.width(); ++c) {
                    float sum = 0;
                    for (int64_t back = 0; back < std::min(K, step + 1); ++back) {
                        const int64_t word = ids[static_cast<size_t>(p.row(b, step - back))];
                        const float share = table[at(word, K * p.width(), (K - 1 - back) * p.width() + c)];
                        sum = back ? sum + share : share;
                    }
                    p.sums[at(p.row(b, step), p.width(), c)] = sum;
                }
            }
        }
        gw_qrnn_forward_args args = forward_args(p);
        Floats hidden(static_cast<size_t>(p.rows() * p.H));
        args.window = K, args.shares = table.data(), args.shares_rows = V, args.shares_stride = K * p.width();
        args.ids = ids.data(), args.hidden = hidden.data(), args.hidden_stride = p.H;
        CHECK(gw_qrnn_forward(&args) == GW_OK);
        CHECK(hidden == native_pooling(p).hidden);
    }
}

void expect_bad(gw_status got, const char* part) {
    CHECK(got == GW_BAD_ARGUMENT);
    CHECK(std::strstr(gw_last_error(), part));
}

template <class Args, class Call>
void refuse(const Args& good, const Call& call, void (*change)(Args&), const char* part) {
    Args bad = good;
    change(bad);
    expect_bad(call(&bad), part);
}

void test_bad_arguments_are_refused() {
    const Pooling p(2, 5, {3, 1}, false, false);
    Pooled<float> out(p, UNTOUCHED);
    const int32_t ids[] = {0, 1, 4, 0};
    using Forward = gw_qrnn_forward_args;
    Forward f = forward_args(p);
    f.hidden = out.hidden.data(), f.hidden_stride = p.H;
    refuse<Forward>(f, gw_qrnn_forward, [](Forward& a) { a.offsets = nullptr; }, "offsets is NULL");
    refuse<Forward>(f, gw_qrnn_forward, [](Forward& a) { a.reverse = 2; }, "reverse is 2");
    refuse<Forward>(f, gw_qrnn_forward, [](Forward& a) { a.gates = 4; }, "gates is 4, not from 1 to 3");
    refuse<Forward>(f, gw_qrnn_forward, [](Forward& a) { a.hidden_size = 0; }, "hidden_size is 0");
    refuse<Forward>(f, gw_qrnn_forward, [](Forward& a) { a.window = 65; }, "window is 65, not from 1 to 64");
    refuse<Forward>(f, gw_qrnn_forward, [](Forward& a) { a.shares_rows = 3; }, "shares_rows is 3, not from 4 to 4");
    refuse<Forward>(f, gw_qrnn_forward, [](Forward& a) { a.shares = nullptr; }, "shares is NULL");
    refuse<Forward>(f, gw_qrnn_forward, [](Forward& a) { a.window = 2; }, "shares_stride is 15, less than a row of 30");
    refuse<Forward>(f, gw_qrnn_forward, [](Forward& a) { a.bias = nullptr; }, "bias is NULL");
    refuse<Forward>(f, gw_qrnn_forward, [](Forward& a) { a.hidden = nullptr; }, "hidden is NULL");
    f.ids = ids;
    expect_bad(gw_qrnn_forward(&f), "ids[2] is 4, not from 0 to 3");
    expect_bad(gw_qrnn_forward(nullptr), "args is NULL");

    using Backward = gw_qrnn_backward_args;
    Backward b = backward_args(p);
    b.cells = out.cells.data(), b.d_sums = out.d_sums.data(), b.d_bias = out.d_bias.data();
    refuse<Backward>(b, gw_qrnn_backward, [](Backward& a) { a.gates = 0; }, "gates is 0");
    refuse<Backward>(b, gw_qrnn_backward, [](Backward& a) { a.sums = nullptr; }, "sums is NULL");
    refuse<Backward>(b, gw_qrnn_backward, [](Backward& a) { a.bias = nullptr; }, "bias is NULL");
    refuse<Backward>(b, gw_qrnn_backward, [](Backward& a) { a.cells = nullptr; }, "cells is NULL");
    refuse<Backward>(b, gw_qrnn_backward, [](Backward& a) { a.d_hidden = nullptr; }, "d_hidden is NULL");
    refuse<Backward>(b, gw_qrnn_backward, [](Backward& a) { a.d_sums = nullptr; }, "d_sums is NULL");
    refuse<Backward>(b, gw_qrnn_backward, [](Backward& a) { a.d_bias = nullptr; }, "d_bias is NULL");
    expect_bad(gw_qrnn_backward(nullptr), "args is NULL");
}

}  // namespace

int main() {
    for (const std::string& name : isas()) {
        CHECK(gw_use_isa(name.c_str()) == GW_OK);
        test_results_and_gradients_are_those_of_the_reference();
        test_the_number_of_threads_changes_no_bit();
        test_shares_are_added_within_their_sequence();
    }
    test_bad_arguments_are_refused();
    gw_use_threads(1);
    gw_trim();
    return finish();
}
