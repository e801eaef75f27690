// The kernels of every instruction set against the reference in doubles.
#include <algorithm>

#include "native.h"

namespace {

using namespace gw_test;

// The largest difference, as a part of the largest number or of 1 where all are smaller.
double difference(const Floats& got, const Doubles& expected) {
    if (got.size() != expected.size()) return INFINITY;
    double scale = 1, most = 0;
    for (const double e : expected) scale = std::max(scale, std::fabs(e));
    for (size_t i = 0; i < got.size(); ++i) {
        const double apart = std::fabs(got[i] - expected[i]);
        if (!(apart <= most)) most = apart;  // NaN counts
    }
    return most / scale;
}

struct Tolerance {
    double forward, gradient;
};

// Floats carry 6e-8; the recurrence repeats an error but its gates damp it, sums over H and over rows add some.
constexpr Tolerance FP32 = {2e-6, 1e-5};
// bfloat16 carries 4e-3.
constexpr Tolerance BF16 = {5e-2, 1e-1};

void compare(const char* name, const std::string& kernels, const Problem& p, const Floats& got, const Doubles& expected,
             double tolerance) {
    const double apart = difference(got, expected);
    if (apart <= tolerance) return;
    std::fprintf(stderr, "%s: %s is %.3g from the reference with I=%lld H=%lld B=%lld N=%lld reverse=%d\n",
                 kernels.c_str(), name, apart, static_cast<long long>(p.I), static_cast<long long>(p.H),
                 static_cast<long long>(p.sequences()), static_cast<long long>(p.rows()), p.is_reverse);
    CHECK(apart <= tolerance);
}

void check_problem(const std::string& kernels, const Problem& p, gw_precision precision, const Tolerance& tolerance) {
    const Reference expected(p);
    const Net net(p, precision);
    const Native got(p, net.lstm);
    compare("hidden", kernels, p, got.hidden, expected.hidden, tolerance.forward);
    compare("cells", kernels, p, got.cells, expected.cells, tolerance.forward);
    compare("gates", kernels, p, got.gates, expected.gates, tolerance.forward);
    compare("h_n", kernels, p, got.h_n, expected.h_n, tolerance.forward);
    compare("c_n", kernels, p, got.c_n, expected.c_n, tolerance.forward);
    compare("d_x", kernels, p, got.d_x, expected.d_x, tolerance.gradient);
    compare("d_h0", kernels, p, got.d_h0, expected.d_h0, tolerance.gradient);
    compare("d_c0", kernels, p, got.d_c0, expected.d_c0, tolerance.gradient);
    compare("d_w_ih", kernels, p, got.d_w_ih, expected.d_w_ih, tolerance.gradient);
    compare("d_w_hh", kernels, p, got.d_w_hh, expected.d_w_hh, tolerance.gradient);
    compare("d_b", kernels, p, got.d_b, expected.d_b, tolerance.gradient);
}

// Sizes around the lanes of every instruction set, lengths around the blocks of steps and groups of sequences.
const std::vector<std::vector<int64_t>> LENGTHS = {
    {},     {0},    {1},        {0, 0, 3, 0}, {5, 1, 2},
    {40},   {1, 1}, {17, 0, 9, 33, 1, 70, 2, 2},
    {3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 4, 2, 1, 9},
};
constexpr int64_t SIZES[][2] = {{1, 1}, {2, 3}, {15, 10}, {16, 16}, {17, 33}, {5, 64}, {40, 7}};

void test_results_and_gradients_are_those_of_the_reference(const std::string& kernels) {
    for (const auto& size : SIZES) {
        for (const auto& lengths : LENGTHS) {
            for (const bool is_reverse : {false, true}) {
                const Problem p = make_problem(size[0], size[1], lengths, is_reverse);
                check_problem(kernels, p, GW_FP32, FP32);
                if (gw_has_bf16()) check_problem(kernels + " bf16", p, GW_BF16, BF16);
            }
        }
    }
    check_problem(kernels, make_problem(32, 100, {60, 31, 0, 90}, false), GW_FP32, FP32);
    check_problem(kernels, make_problem(130, 129, {7, 3}, true), GW_FP32, FP32);
}

// Gates that are wide open or shut, where exp would overflow if it were written carelessly.
void test_large_inputs_saturate(const std::string& kernels) {
    Problem p = make_problem(4, 9, {6, 3}, false);
    for (size_t i = 0; i < p.x.size(); ++i) p.x[i] *= i % 2 ? 1e4f : 300.0f;
    check_problem(kernels, p, GW_FP32, {1e-4, 1e-3});  // sums of thousands are rounded by 2e-4 before the gates
}

void test_nan_stays_in_its_sequence(const std::string& kernels) {
    Problem p = make_problem(4, 9, {6, 3, 2}, false);
    const Net net(p);
    const Native clean(p, net.lstm);
    p.x[at(6, 4, 1)] = NAN;  // first row of the second sequence
    const Native got(p, net.lstm);
    for (int64_t n = 0; n < p.rows(); ++n) {
        for (int64_t j = 0; j < p.H; ++j) {
            const float h = got.hidden[at(n, p.H, j)];
            CHECK(n >= 6 && n < 9 ? std::isnan(h) : h == clean.hidden[at(n, p.H, j)]);
        }
    }
    if (gw_test::failures) std::fprintf(stderr, "(%s)\n", kernels.c_str());
}

}  // namespace

int main() {
    for (const std::string& name : isas()) {
        CHECK(gw_use_isa(name.c_str()) == GW_OK);
        test_results_and_gradients_are_those_of_the_reference(name);
        test_large_inputs_saturate(name);
        test_nan_stays_in_its_sequence(name);
    }
    gw_use_threads(1);
    gw_trim();
    return finish();
}
