// The same bits, however the same thing is asked for.
#include <algorithm>
#include <thread>

#include "native.h"

namespace {

using namespace gw_test;

const std::vector<int64_t> LENGTHS = {12, 0, 45, 3, 3, 1, 80, 7, 22, 5, 0, 9, 31, 2, 64, 18, 6, 6, 40, 11,
                                      1,  2, 8,  4, 9, 33, 20, 15, 3, 0, 71, 10, 13, 26, 5, 1, 1, 2, 50, 3};

void test_the_number_of_threads_changes_no_bit() {
    for (const bool is_reverse : {false, true}) {
        const Problem p = make_problem(20, 37, LENGTHS, is_reverse);
        const Net net(p);
        gw_use_threads(1);
        const Native alone(p, net.lstm);
        for (const int32_t threads : {1, 2, 3, 4, 8}) {
            gw_use_threads(threads);
            CHECK(Native(p, net.lstm) == alone);
        }
    }
}

// The part of `p` that is its sequence b.
Problem only(const Problem& p, int64_t b) {
    const auto cut = [](const Floats& all, int64_t from, int64_t to, int64_t width) {
        return Floats(all.begin() + from * width, all.begin() + to * width);
    };
    Problem one = p;
    const int64_t begin = p.offsets[static_cast<size_t>(b)], end = begin + p.length(b);
    one.offsets = {0, p.length(b)};
    one.x = cut(p.x, begin, end, p.I), one.d_hidden = cut(p.d_hidden, begin, end, p.H);
    one.h0 = cut(p.h0, b, b + 1, p.H), one.c0 = cut(p.c0, b, b + 1, p.H);
    one.d_h_n = cut(p.d_h_n, b, b + 1, p.H), one.d_c_n = cut(p.d_c_n, b, b + 1, p.H);
    return one;
}

bool is_part(const Floats& part, const Floats& whole, int64_t row, int64_t width) {
    return std::equal(part.begin(), part.end(), whole.begin() + row * width);
}

void test_a_sequence_does_not_depend_on_its_company() {
    gw_use_threads(2);
    const Problem p = make_problem(20, 37, LENGTHS, true);
    const Net net(p);
    const Native together(p, net.lstm);
    for (int64_t b = 0; b < p.sequences(); ++b) {
        const Native alone(only(p, b), net.lstm);
        const int64_t row = p.offsets[static_cast<size_t>(b)];
        CHECK(is_part(alone.hidden, together.hidden, row, p.H) && is_part(alone.d_x, together.d_x, row, p.I));
        CHECK(is_part(alone.h_n, together.h_n, b, p.H) && is_part(alone.c_n, together.c_n, b, p.H));
        CHECK(is_part(alone.d_h0, together.d_h0, b, p.H) && is_part(alone.d_c0, together.d_c0, b, p.H));
    }
}

void test_steps_make_the_whole() {
    const Problem p = make_problem(6, 21, {9, 9, 9, 9, 9}, false);
    const Net net(p);
    const Native whole(p, net.lstm);
    Floats h = p.h0, c = p.c0;
    for (int64_t step = 0; step < 9; ++step) {
        const float* x = &p.x[at(step, p.I, 0)];
        CHECK(gw_lstm_step(net.lstm, 5, x, 9 * p.I, nullptr, nullptr, h.data(), c.data()) == GW_OK);
        for (int64_t b = 0; b < 5; ++b) {
            const float* state = &h[at(b, p.H, 0)];
            CHECK(std::equal(state, state + p.H, &whole.hidden[at(p.row(b, step), p.H, 0)]));
        }
    }
    CHECK(h == whole.h_n && c == whole.c_n);
    Floats many_h(300 * 21), many_c(300 * 21);
    const Floats x(300 * 6, 0.5f);
    CHECK(gw_lstm_step(net.lstm, 300, x.data(), 6, nullptr, nullptr, many_h.data(), many_c.data()) == GW_OK);
    CHECK(std::equal(many_h.begin(), many_h.begin() + 21, many_h.end() - 21));
}

struct Words {
    Floats embedding;
    std::vector<int32_t> ids;
    static constexpr int64_t V = 300;
    Problem p;

    Words() : p(make_problem(20, 37, LENGTHS, false)) {
        uint32_t seed = 3;
        embedding = random(V * p.I, 1.0f, seed);
        for (int64_t n = 0; n < p.rows(); ++n) {
            ids.push_back(static_cast<int32_t>(n * 7919 % V));
            std::copy_n(&embedding[at(ids.back(), p.I, 0)], p.I, &p.x[at(n, p.I, 0)]);
        }
    }

    // hidden of the sequences up to `sequences`.
    Floats look_up(const gw_lstm* lstm, gw_lstm_table* table, int64_t sequences) const {
        Floats hidden(static_cast<size_t>(p.offsets[static_cast<size_t>(sequences)] * p.H));
        gw_lstm_forward_args args = {};
        args.sequences = sequences, args.offsets = p.offsets.data(), args.ids = ids.data(), args.table = table;
        args.h0 = p.h0.data(), args.c0 = p.c0.data(), args.hidden = hidden.data(), args.hidden_stride = p.H;
        CHECK(gw_lstm_forward(lstm, &args) == GW_OK);
        return hidden;
    }
};

void test_a_table_gives_what_the_embedded_rows_give() {
    const Words words;
    for (const std::string& name : isas()) {
        CHECK(gw_use_isa(name.c_str()) == GW_OK);
        for (const gw_precision precision : {GW_FP32, GW_BF16}) {
            if (precision == GW_BF16 && !gw_has_bf16()) continue;
            const Net net(words.p, precision);
            gw_lstm_table* table = nullptr;
            CHECK(gw_lstm_table_create(net.lstm, words.embedding.data(), Words::V, &table) == GW_OK);
            words.look_up(net.lstm, table, 3);  // some rows earlier than the others
            CHECK(words.look_up(net.lstm, table, words.p.sequences()) == Native(words.p, net.lstm).hidden);
            gw_lstm_table_free(table);
        }
    }
}

void test_concurrent_calls_give_the_same_bits() {
    gw_use_threads(4);
    const Words words;
    const Net net(words.p);
    const Native alone(words.p, net.lstm);
    gw_lstm_table* table = nullptr;
    CHECK(gw_lstm_table_create(net.lstm, words.embedding.data(), Words::V, &table) == GW_OK);
    std::vector<std::thread> callers;
    for (int64_t i = 0; i < 4; ++i) {
        callers.emplace_back([&, i] {
            words.look_up(net.lstm, table, 2 + 5 * i);  // all fill the table at once, from different words on
            CHECK(words.look_up(net.lstm, table, words.p.sequences()) == alone.hidden);
            for (int repeat = 0; repeat < 3; ++repeat) CHECK(Native(words.p, net.lstm) == alone);
        });
    }
    for (std::thread& caller : callers) caller.join();
    gw_lstm_table_free(table);
}

void test_an_object_keeps_its_kernels() {
    const Problem p = make_problem(5, 8, {4, 2}, false);
    const std::string fastest = isas().back();
    gw_use_isa(fastest.c_str());
    const Net net(p);
    const Native before(p, net.lstm);
    gw_use_isa("generic");
    CHECK(Native(p, net.lstm) == before);
    gw_use_isa(fastest.c_str());
}

}  // namespace

int main() {
    for (const std::string& name : isas()) {
        CHECK(gw_use_isa(name.c_str()) == GW_OK);
        test_the_number_of_threads_changes_no_bit();
        test_a_sequence_does_not_depend_on_its_company();
        test_steps_make_the_whole();
        test_concurrent_calls_give_the_same_bits();
    }
    test_a_table_gives_what_the_embedded_rows_give();
    test_an_object_keeps_its_kernels();
    gw_use_threads(1);
    gw_trim();
    return finish();
}
