// Sampled softmax against doubles made one number at a time, and lazy Adam against floats.
#include <algorithm>
#include <cmath>
#include <cstring>
#include <set>

#include "native.h"

namespace {

using namespace gw_test;

using Words = std::vector<int32_t>;

float to_bfloat16(float a) {
    uint32_t bits;
    std::memcpy(&bits, &a, sizeof bits);
    bits = (bits + 0x7fffu + ((bits >> 16) & 1)) & 0xffff0000u;
    std::memcpy(&a, &bits, sizeof a);
    return a;
}

// Few words make up most targets, as in a text; so many samples are targets too.
Words words(int64_t count, int64_t vocabulary, bool is_distinct, uint32_t seed) {
    Words drawn;
    std::set<int32_t> seen;
    while (static_cast<int64_t>(drawn.size()) < count) {
        seed = seed * 1664525u + 1013904223u;
        const double share = static_cast<double>(seed >> 8) / 16777216.0;
        const auto word = static_cast<int32_t>(share * (is_distinct ? 1.0 : share) * static_cast<double>(vocabulary));
        if (!is_distinct || seen.insert(word).second) drawn.push_back(word);
    }
    return drawn;
}

struct Softmax {
    static constexpr int64_t GAP = 5;  // between rows of hidden states
    int64_t N, F, V, S;
    Floats hidden, weight, bias, log_expected;
    Words targets, samples;
    float scale = 0.125f;

    Softmax(int64_t N, int64_t F, int64_t V, int64_t S, float size = 1.0f) : N(N), F(F), V(V), S(S) {
        uint32_t seed = static_cast<uint32_t>(N * 31 + F * 7 + S);
        hidden = random(N * (F + GAP), size, seed), weight = random(V * F, 1.0f, seed);
        bias = random(V, 1.0f, seed), log_expected = random(V, 2.0f, seed);
        targets = words(N, V, false, seed), samples = words(S, V, true, seed + 1);
    }
};

struct SoftmaxResults {
    double loss = -1.0;
    Floats d_hidden, d_weight, d_bias;
    Words touched;

    bool operator==(const SoftmaxResults& o) const {
        return loss == o.loss && d_hidden == o.d_hidden && d_weight == o.d_weight && d_bias == o.d_bias &&
               touched == o.touched;
    }
};

gw_sampled_softmax_args args_of(const Softmax& p, gw_precision precision) {
    gw_sampled_softmax_args args = {};
    args.rows = p.N, args.features = p.F, args.vocabulary = p.V, args.negatives = p.S, args.precision = precision;
    args.hidden = p.hidden.data(), args.hidden_stride = p.F + Softmax::GAP;
    args.weight = p.weight.data(), args.bias = p.bias.data(), args.log_expected = p.log_expected.data();
    args.targets = p.targets.data(), args.samples = p.samples.data(), args.scale = p.scale;
    return args;
}

SoftmaxResults native(const Softmax& p, gw_precision precision = GW_FP32) {
    constexpr float UNTOUCHED = 12345.0f;
    const int64_t most = std::min(p.V, p.S + p.N);
    SoftmaxResults got;
    got.touched.resize(static_cast<size_t>(most)), got.d_hidden.resize(static_cast<size_t>(p.N * p.F));
    got.d_weight.assign(static_cast<size_t>(most * p.F), UNTOUCHED);
    got.d_bias.assign(static_cast<size_t>(most), UNTOUCHED);
    int64_t count = -1;
    double loss_alone = -1.0;
    gw_sampled_softmax_args args = args_of(p, precision);
    args.loss = &loss_alone;
    CHECK(gw_sampled_softmax(&args) == GW_OK);
    float no_rows;  // a null pointer would mean that no gradients are wanted
    args.loss = &got.loss, args.d_hidden = p.N > 0 ? got.d_hidden.data() : &no_rows, args.touched = got.touched.data();
    args.touched_count = &count, args.d_weight = got.d_weight.data(), args.d_bias = got.d_bias.data();
    CHECK(gw_sampled_softmax(&args) == GW_OK);
    CHECK(loss_alone == got.loss || (std::isnan(loss_alone) && std::isnan(got.loss)));
    const auto is_untouched = [](float value) { return value == UNTOUCHED; };
    CHECK(std::all_of(got.d_weight.begin() + count * p.F, got.d_weight.end(), is_untouched));
    CHECK(std::all_of(got.d_bias.begin() + count, got.d_bias.end(), is_untouched));
    got.touched.resize(static_cast<size_t>(count));
    got.d_weight.resize(static_cast<size_t>(count * p.F)), got.d_bias.resize(static_cast<size_t>(count));
    return got;
}

struct SoftmaxReference {
    double loss = 0.0;
    Doubles d_hidden, d_weight, d_bias;
    Words touched;

    // With bfloat16, hidden states and the samples' weights are rounded where they are multiplied.
    SoftmaxReference(const Softmax& p, bool is_bfloat16) : p(p), is_bfloat16(is_bfloat16) {
        std::set<int32_t> all(p.targets.begin(), p.targets.end());
        all.insert(p.samples.begin(), p.samples.end());
        touched.assign(all.begin(), all.end());
        d_hidden.resize(static_cast<size_t>(p.N * p.F));
        d_weight.resize(touched.size() * static_cast<size_t>(p.F)), d_bias.resize(touched.size());
        for (int64_t n = 0; n < p.N; ++n) row(n);
    }

private:
    const Softmax& p;
    const bool is_bfloat16;

    double factor(float a, bool is_target) const { return is_bfloat16 && !is_target ? to_bfloat16(a) : a; }
    float hidden(int64_t n, int64_t f) const { return p.hidden[at(n, p.F + Softmax::GAP, f)]; }

    double logit(int64_t n, int32_t word, bool is_target) const {
        double sum = static_cast<double>(p.bias[at(0, 0, word)]) - p.log_expected[at(0, 0, word)];
        for (int64_t f = 0; f < p.F; ++f) {
            sum += factor(hidden(n, f), is_target) * factor(p.weight[at(word, p.F, f)], is_target);
        }
        return sum;
    }

    void row(int64_t n) {
        const int32_t target = p.targets[at(0, 0, n)];
        const double own = logit(n, target, true);
        Doubles others;
        double greatest = own;
        for (const int32_t sample : p.samples) {
            others.push_back(sample == target ? -INFINITY : logit(n, sample, false));
            greatest = std::max(greatest, others.back());
        }
        double sum = std::exp(own - greatest);
        for (const double other : others) sum += std::exp(other - greatest);
        loss += std::log(sum) + (greatest - own);
        for (size_t s = 0; s < others.size(); ++s) add(n, p.samples[s], std::exp(others[s] - greatest) / sum, false);
        add(n, target, std::exp(own - greatest) / sum - 1.0, true);
    }

    void add(int64_t n, int32_t word, double p_word, bool is_target) {
        const int64_t k = std::lower_bound(touched.begin(), touched.end(), word) - touched.begin();
        const double d = p_word * p.scale;
        d_bias[at(0, 0, k)] += d;
        for (int64_t f = 0; f < p.F; ++f) {
            d_weight[at(k, p.F, f)] += d * factor(hidden(n, f), is_target);
            d_hidden[at(n, p.F, f)] += d * factor(p.weight[at(word, p.F, f)], is_target);
        }
    }
};

bool is_close(const Floats& got, const Doubles& expected, double share) {
    if (got.size() != expected.size()) return false;
    double scale = 0.0, worst = 0.0;
    for (size_t i = 0; i < got.size(); ++i) {
        scale = std::max(scale, std::abs(expected[i]));
        const double off = std::abs(got[i] - expected[i]);
        if (!(off <= worst)) worst = off;  // NaN too
    }
    return worst <= share * scale;
}

// The share allowed to gradients of bfloat16 is for odds rounded to 8 bits, of which some happen to add up.
void check_agreement(const Softmax& p, gw_precision precision, double of_loss, double of_gradients) {
    const SoftmaxReference expected(p, precision == GW_BF16);
    const SoftmaxResults got = native(p, precision);
    CHECK(std::abs(got.loss - expected.loss) <= of_loss * std::abs(expected.loss));
    CHECK(got.touched == expected.touched);
    CHECK(is_close(got.d_hidden, expected.d_hidden, of_gradients));
    CHECK(is_close(got.d_weight, expected.d_weight, of_gradients));
    CHECK(is_close(got.d_bias, expected.d_bias, of_gradients));
}

std::vector<Softmax> problems() {
    return {{0, 4, 9, 5},      {1, 1, 1, 0},     {1, 1, 2, 2},      {7, 3, 40, 0},     {5, 16, 64, 64},
            {95, 17, 300, 63}, {96, 5, 200, 65}, {97, 33, 700, 130}, {193, 8, 999, 257}, {30, 64, 5000, 2000},
            {40, 31, 80, 33, 200.0f}};  // the last: logits far above the target's
}

void test_results_are_those_of_doubles() {
    for (const std::string& isa : isas()) {
        CHECK(gw_use_isa(isa.c_str()) == GW_OK);
        for (const Softmax& p : problems()) {
            // Where logits are in the hundreds, a float holds them to 1e-5, and so their exponentials.
            const bool is_far = p.hidden.size() > 0 && std::abs(p.hidden[0]) > 1.0f;
            check_agreement(p, GW_FP32, 1e-6, is_far ? 1e-4 : 1e-5);
            if (gw_has_bf16()) check_agreement(p, GW_BF16, is_far ? 1e-4 : 1e-5, 8e-3);
        }
    }
}

void test_the_number_of_threads_changes_no_bit() {
    for (const std::string& isa : isas()) {
        CHECK(gw_use_isa(isa.c_str()) == GW_OK);
        for (const gw_precision precision : {GW_FP32, GW_BF16}) {
            if (precision == GW_BF16 && !gw_has_bf16()) continue;
            const Softmax p(700, 19, 3000, 500);
            gw_use_threads(1);
            const SoftmaxResults alone = native(p, precision);
            for (const int32_t threads : {2, 4, 8}) {
                gw_use_threads(threads);
                CHECK(native(p, precision) == alone);
            }
        }
    }
}

// More odds than are kept at a time.
void test_waves_make_the_whole() {
    gw_use_threads(2);
    check_agreement(Softmax(3000, 3, 9000, 6000), GW_FP32, 1e-6, 1e-5);
}

void test_a_sample_that_is_the_target_does_not_count() {
    Softmax p(3, 4, 6, 2);
    p.samples = {5, 1}, p.targets = {1, 1, 1};
    const SoftmaxResults two = native(p);
    Softmax without = p;
    without.S = 1, without.samples = {5};
    CHECK(two.loss == native(without).loss);
    CHECK((two.touched == Words{1, 5}));
    p.S = 1, p.samples = {1};
    CHECK(native(p).loss == 0.0);
}

void test_what_is_no_number_is_seen_in_the_loss() {
    for (const float bad : {NAN, INFINITY}) {
        Softmax p(3, 4, 60, 20);
        p.hidden[at(1, p.F + Softmax::GAP, 2)] = bad;
        CHECK(!std::isfinite(native(p).loss));
        Softmax q(3, 4, 60, 20);
        q.weight[at(q.samples[7], q.F, 1)] = bad;
        CHECK(!std::isfinite(native(q).loss));
    }
}

void test_adam_is_the_papers_on_the_rows_it_is_given() {
    const int64_t V = 500, F = 37;
    uint32_t seed = 3;
    const Words touched = {0, 3, 4, 77, 499};
    for (const std::string& isa : isas()) {
        CHECK(gw_use_isa(isa.c_str()) == GW_OK);
        Floats weight = random(V * F, 1.0f, seed), m = random(V * F, 0.1f, seed), v = random(V * F, 0.1f, seed);
        for (float& value : v) value = std::abs(value);
        const Floats gradient = random(5 * F, 1.0f, seed), w_before = weight, m_before = m, v_before = v;
        CHECK(gw_lazy_adam(V, F, weight.data(), m.data(), v.data(), touched.data(), 5, gradient.data(), 3, 0.01f, 0.9f,
                           0.99f, 1e-6f, 0.1f) == GW_OK);
        Floats w_after = w_before, m_after = m_before, v_after = v_before;
        for (size_t k = 0; k < touched.size(); ++k) {
            for (int64_t f = 0; f < F; ++f) {
                const size_t i = at(touched[k], F, f);
                const double g = gradient[at(static_cast<int64_t>(k), F, f)];
                const double m1 = 0.9 * m_before[i] + 0.1 * g, v1 = 0.99 * v_before[i] + 0.01 * g * g;
                const double below = std::sqrt(v1 / (1.0 - std::pow(0.99, 3))) + 1e-6;
                m_after[i] = static_cast<float>(m1), v_after[i] = static_cast<float>(v1);
                w_after[i] = static_cast<float>(w_before[i] * (1.0 - 0.01 * 0.1) -
                                                0.01 * m1 / (1.0 - std::pow(0.9, 3)) / below);
            }
        }
        const auto are_near = [](float a, float b) { return std::abs(a - b) <= 2e-6f; };
        CHECK(std::equal(weight.begin(), weight.end(), w_after.begin(), are_near));
        CHECK(std::equal(m.begin(), m.end(), m_after.begin(), are_near));
        CHECK(std::equal(v.begin(), v.end(), v_after.begin(), are_near));
        CHECK(std::equal(weight.begin() + F, weight.begin() + 3 * F, w_before.begin() + F));  // words 1 and 2 rest
    }
}

}  // namespace

int main() {
    test_results_are_those_of_doubles();
    test_the_number_of_threads_changes_no_bit();
    test_waves_make_the_whole();
    test_a_sample_that_is_the_target_does_not_count();
    test_what_is_no_number_is_seen_in_the_loss();
    test_adam_is_the_papers_on_the_rows_it_is_given();
    gw_use_threads(1);
    gw_trim();
    return gw_test::finish();
}
