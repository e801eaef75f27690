// What is wrong with arguments is refused with a message that names it, and the library says what it can do.
#include <cmath>
#include <cstring>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "check.h"
#include "gatewise.h"

namespace {

void expect(gw_status got, gw_status status, const char* part) {
    const bool holds = got == status && std::strstr(gw_last_error(), part);
    if (!holds) std::fprintf(stderr, "status %d, \"%s\", but not %d with \"%s\"\n", got, gw_last_error(), status, part);
    CHECK(holds);
}

void expect_bad(gw_status got, const char* part) { expect(got, GW_BAD_ARGUMENT, part); }

void test_the_library_tells_about_itself() {
    CHECK(gw_abi() == GW_ABI);
    CHECK(std::strncmp(gw_isas(), "generic", 7) == 0);
    CHECK(std::string("," + std::string(gw_isas()) + ",").find("," + std::string(gw_isa()) + ",") != std::string::npos);
    CHECK(gw_threads() >= 1);
    expect(gw_use_isa("mmx"), GW_UNSUPPORTED, "\"mmx\" can run here, only generic");
    expect_bad(gw_use_isa(nullptr), "name is NULL");
    expect_bad(gw_use_threads(0), "threads is 0, not from 1 to 1024");
    expect_bad(gw_use_threads(1025), "threads is 1025");
    const std::string fastest = gw_isa();
    CHECK(gw_use_isa("generic") == GW_OK);
    CHECK(std::string(gw_isa()) == "generic" && gw_has_bf16() == 0);
    CHECK(gw_use_isa(fastest.c_str()) == GW_OK);
}

void test_messages_belong_to_their_thread_and_stay() {
    expect_bad(gw_use_threads(-5), "-5");
    std::thread([] { CHECK(std::strcmp(gw_last_error(), "") == 0); }).join();
    CHECK(gw_use_threads(2) == GW_OK);
    CHECK(std::strstr(gw_last_error(), "-5") != nullptr);
}

constexpr int64_t I = 3, H = 5, N = 4, B = 3, V = 6;

struct Net {
    std::vector<float> w_ih = std::vector<float>(4 * H * I, 0.1f), w_hh = std::vector<float>(4 * H * H, 0.1f);
    std::vector<float> embedding = std::vector<float>(V * I, 0.1f);
    gw_lstm *lstm = nullptr, *other = nullptr;
    gw_lstm_table *table = nullptr, *foreign = nullptr;

    Net() {
        CHECK(create(I, H, GW_FP32, 1, &lstm) == GW_OK);
        CHECK(create(I, H, GW_FP32, 0, &other) == GW_OK);
        CHECK(gw_lstm_table_create(lstm, embedding.data(), V, &table) == GW_OK);
        CHECK(gw_lstm_table_create(other, embedding.data(), V, &foreign) == GW_OK);
    }
    ~Net() {
        gw_lstm_table_free(table), gw_lstm_table_free(foreign);
        gw_lstm_free(lstm), gw_lstm_free(other);
    }
    gw_status create(int64_t input, int64_t hidden, gw_precision precision, int32_t backward, gw_lstm** out) {
        return gw_lstm_create(input, hidden, w_ih.data(), w_hh.data(), nullptr, nullptr, precision, backward, out);
    }
};

// As a caller in C can pass it.
gw_precision unheard_of() {
    const int seven = 7;
    gw_precision precision;
    std::memcpy(&precision, &seven, sizeof precision);
    return precision;
}

void test_bad_weights_are_refused() {
    Net net;
    gw_lstm* out = nullptr;
    expect_bad(net.create(0, H, GW_FP32, 0, &out), "input_size is 0, not from 1 to 1048576");
    expect_bad(net.create(I, -1, GW_FP32, 0, &out), "hidden_size is -1");
    expect_bad(net.create(INT64_MAX, H, GW_FP32, 0, &out), "input_size");
    expect_bad(net.create(I, H, unheard_of(), 0, &out), "precision is 7");
    expect_bad(net.create(I, H, GW_FP32, 2, &out), "backward is 2");
    expect_bad(net.create(I, H, GW_FP32, 0, nullptr), "out is NULL");
    expect_bad(gw_lstm_create(I, H, nullptr, net.w_hh.data(), nullptr, nullptr, GW_FP32, 0, &out), "w_ih is NULL");
    expect_bad(gw_lstm_create(I, H, net.w_ih.data(), nullptr, nullptr, nullptr, GW_FP32, 0, &out), "w_hh is NULL");
    const std::string fastest = gw_isa();
    gw_use_isa("generic");
    expect(net.create(I, H, GW_BF16, 0, &out), GW_UNSUPPORTED, "avx512bf16");
    gw_use_isa(fastest.c_str());
    CHECK(out == nullptr);
    gw_lstm_free(nullptr);
}

void test_bad_tables_are_refused() {
    Net net;
    gw_lstm_table* out = nullptr;
    CHECK(gw_lstm_table_bytes(net.lstm, V) >= V * 4 * H * 4);
    CHECK(gw_lstm_table_bytes(net.lstm, 0) == -1);
    CHECK(gw_lstm_table_bytes(nullptr, V) == -1);
    expect_bad(gw_lstm_table_create(nullptr, net.embedding.data(), V, &out), "lstm is NULL");
    expect_bad(gw_lstm_table_create(net.lstm, nullptr, V, &out), "embedding is NULL");
    constexpr int64_t TOO_MANY = int64_t{1} << 31;
    expect_bad(gw_lstm_table_create(net.lstm, net.embedding.data(), TOO_MANY, &out), "vocabulary is 2147483648");
    expect_bad(gw_lstm_table_create(net.lstm, net.embedding.data(), V, nullptr), "out is NULL");
    gw_lstm_table_free(nullptr);
}

struct Forward {
    int64_t offsets[B + 1] = {0, 1, 1, N};
    int32_t ids[N] = {0, 5, 2, 2};
    std::vector<float> x = std::vector<float>(N * I, 0.3f), state = std::vector<float>(4 * B * H, 0.2f);
    std::vector<float> hidden = std::vector<float>(N * H), cells = hidden, gates = std::vector<float>(N * 4 * H);
    gw_lstm_forward_args args = {};

    Forward() {
        args.sequences = B, args.offsets = offsets;
        args.x = x.data(), args.x_stride = I;
        args.h0 = args.h_n = state.data(), args.c0 = args.c_n = state.data() + B * H;
        args.hidden = hidden.data(), args.hidden_stride = H;
        args.gates = gates.data(), args.cells = cells.data();
    }
};

void test_bad_forward_arguments_are_refused() {
    Net net;
    const auto refused = [&](const char* part, const std::function<void(Forward&)>& spoil) {
        Forward call;
        spoil(call);
        expect_bad(gw_lstm_forward(net.lstm, &call.args), part);
    };
    const auto with_ids = [&](Forward& f) { f.args.x = nullptr, f.args.ids = f.ids, f.args.table = net.table; };
    refused("sequences is -1", [](Forward& f) { f.args.sequences = -1; });
    refused("sequences is", [](Forward& f) { f.args.sequences = INT64_MAX; });
    refused("offsets is NULL", [](Forward& f) { f.args.offsets = nullptr; });
    refused("offsets[0] is 1, not 0", [](Forward& f) { f.offsets[0] = 1; });
    refused("offsets[2] is 0, less than the one before, 1", [](Forward& f) { f.offsets[2] = 0; });
    refused("gates would have", [](Forward& f) { f.offsets[3] = int64_t{1} << 60; });
    refused("reverse is 2", [](Forward& f) { f.args.reverse = 2; });
    refused("x and ids", [](Forward& f) { f.args.x = nullptr; });
    refused("x and ids", [](Forward& f) { f.args.ids = f.ids; });
    refused("x_stride is 2, less than a row of 3", [](Forward& f) { f.args.x_stride = I - 1; });
    refused("x would have", [](Forward& f) { f.args.x_stride = INT64_MAX; });
    refused("hidden_stride is -5", [](Forward& f) { f.args.hidden_stride = -5; });
    refused("hidden is NULL", [](Forward& f) { f.args.hidden = nullptr; });
    refused("table is NULL", [&](Forward& f) { with_ids(f), f.args.table = nullptr; });
    refused("made for another lstm", [&](Forward& f) { with_ids(f), f.args.table = net.foreign; });
    refused("ids[3] is 6, not from 0 to 5", [&](Forward& f) { with_ids(f), f.ids[3] = V; });
    refused("ids[1] is -1", [&](Forward& f) { with_ids(f), f.ids[1] = -1; });
    Forward good;
    expect_bad(gw_lstm_forward(nullptr, &good.args), "lstm is NULL");
    expect_bad(gw_lstm_forward(net.lstm, nullptr), "args is NULL");
    CHECK(gw_lstm_forward(net.lstm, &good.args) == GW_OK);
    with_ids(good);
    CHECK(gw_lstm_forward(net.lstm, &good.args) == GW_OK);
}

void test_nothing_to_do_needs_no_pointers() {
    Net net;
    const int64_t offsets[3] = {0, 0, 0};
    gw_lstm_forward_args args = {};
    args.offsets = offsets;
    for (args.sequences = 0; args.sequences <= 2; ++args.sequences) CHECK(gw_lstm_forward(net.lstm, &args) == GW_OK);
    float state[2 * H] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10}, h_n[2 * H], c_n[2 * H];
    args.sequences = 2, args.h0 = state, args.h_n = h_n, args.c_n = c_n;
    CHECK(gw_lstm_forward(net.lstm, &args) == GW_OK);
    for (int64_t k = 0; k < 2 * H; ++k) CHECK(h_n[k] == state[k] && c_n[k] == 0.0f);
    CHECK(gw_lstm_step(net.lstm, 0, nullptr, 0, nullptr, nullptr, nullptr, nullptr) == GW_OK);
}

void test_bad_steps_are_refused() {
    Net net;
    float x[I] = {}, h[H] = {}, c[H] = {};
    expect_bad(gw_lstm_step(nullptr, 1, x, I, nullptr, nullptr, h, c), "lstm is NULL");
    expect_bad(gw_lstm_step(net.lstm, -1, x, I, nullptr, nullptr, h, c), "sequences is -1");
    expect_bad(gw_lstm_step(net.lstm, 1, x, I, nullptr, nullptr, nullptr, c), "h is NULL");
    expect_bad(gw_lstm_step(net.lstm, 1, x, I, nullptr, nullptr, h, nullptr), "c is NULL");
    expect_bad(gw_lstm_step(net.lstm, 1, nullptr, I, nullptr, nullptr, h, c), "x and ids");
    CHECK(gw_lstm_step(net.lstm, 1, x, 0, nullptr, nullptr, h, c) == GW_OK);  // one row has no next
}

void test_bad_backward_arguments_are_refused() {
    Net net;
    Forward f;
    CHECK(gw_lstm_forward(net.lstm, &f.args) == GW_OK);
    std::vector<float> d(4 * H * H);
    const auto refused = [&](const char* part, const std::function<void(gw_lstm_backward_args&)>& spoil) {
        gw_lstm_backward_args args = {};
        args.sequences = B, args.offsets = f.offsets;
        args.x = f.x.data(), args.x_stride = I;
        args.hidden = f.hidden.data(), args.hidden_stride = H;
        args.gates = f.gates.data(), args.cells = f.cells.data();
        spoil(args);
        expect_bad(gw_lstm_backward(net.lstm, &args), part);
    };
    refused("sequences is -2", [](gw_lstm_backward_args& a) { a.sequences = -2; });
    refused("reverse is -1", [](gw_lstm_backward_args& a) { a.reverse = -1; });
    refused("x is NULL", [](gw_lstm_backward_args& a) { a.x = nullptr; });
    refused("hidden is NULL", [](gw_lstm_backward_args& a) { a.hidden = nullptr; });
    refused("gates is NULL", [](gw_lstm_backward_args& a) { a.gates = nullptr; });
    refused("cells is NULL", [](gw_lstm_backward_args& a) { a.cells = nullptr; });
    refused("d_hidden_stride", [&](gw_lstm_backward_args& a) { a.d_hidden = f.x.data(), a.d_hidden_stride = 1; });
    refused("d_x_stride", [&](gw_lstm_backward_args& a) { a.d_x = d.data(), a.d_x_stride = 1; });
    refused("all must be given", [&](gw_lstm_backward_args& a) { a.d_b = d.data(); });
    refused("all must be given", [&](gw_lstm_backward_args& a) { a.d_w_ih = a.d_w_hh = d.data(); });
    gw_lstm_backward_args args = {};
    expect_bad(gw_lstm_backward(net.other, &args), "made without backward");
    expect_bad(gw_lstm_backward(nullptr, &args), "lstm is NULL");
}

struct Softmax {
    std::vector<float> hidden = std::vector<float>(N * I), weight = std::vector<float>(V * I), bias = weight;
    std::vector<float> d_hidden = hidden, d_weight = weight, d_bias = weight;
    int32_t targets[N] = {0, 1, 2, 5}, samples[3] = {5, 0, 3}, touched[V];
    int64_t touched_count;
    double loss;
    gw_sampled_softmax_args args = {};

    Softmax() {
        args.rows = N, args.features = I, args.vocabulary = V, args.negatives = 3;
        args.hidden = hidden.data(), args.hidden_stride = I;
        args.weight = weight.data(), args.bias = bias.data();
        args.targets = targets, args.samples = samples, args.scale = 1.0f, args.loss = &loss;
        args.d_hidden = d_hidden.data(), args.touched = touched, args.touched_count = &touched_count;
        args.d_weight = d_weight.data(), args.d_bias = d_bias.data();
    }
};

void test_bad_softmax_arguments_are_refused() {
    const auto refused = [](const char* part, const std::function<void(Softmax&)>& spoil) {
        Softmax call;
        spoil(call);
        expect_bad(gw_sampled_softmax(&call.args), part);
    };
    expect_bad(gw_sampled_softmax(nullptr), "args is NULL");
    refused("rows is -1", [](Softmax& s) { s.args.rows = -1; });
    refused("features is 0", [](Softmax& s) { s.args.features = 0; });
    refused("vocabulary is 0", [](Softmax& s) { s.args.vocabulary = 0; });
    refused("negatives is 7, not from 0 to 6", [](Softmax& s) { s.args.negatives = V + 1; });
    refused("hidden is NULL", [](Softmax& s) { s.args.hidden = nullptr; });
    refused("hidden_stride", [](Softmax& s) { s.args.hidden_stride = 1; });
    refused("weight is NULL", [](Softmax& s) { s.args.weight = nullptr; });
    refused("bias is NULL", [](Softmax& s) { s.args.bias = nullptr; });
    refused("targets[2] is 6", [](Softmax& s) { s.targets[2] = V; });
    refused("samples[0] is -4", [](Softmax& s) { s.samples[0] = -4; });
    refused("samples[2] is 5 a second time", [](Softmax& s) { s.samples[2] = 5; });
    refused("loss is NULL", [](Softmax& s) { s.args.loss = nullptr; });
    refused("scale", [](Softmax& s) { s.args.scale = NAN; });
    refused("touched is NULL", [](Softmax& s) { s.args.touched = nullptr; });
    refused("touched_count is NULL", [](Softmax& s) { s.args.touched_count = nullptr; });
    refused("d_weight is NULL", [](Softmax& s) { s.args.d_weight = nullptr; });
    refused("d_bias is NULL", [](Softmax& s) { s.args.d_bias = nullptr; });
}

void test_no_rows_make_no_loss() {
    Softmax call;
    call.args.rows = 0, call.args.hidden = nullptr, call.args.targets = nullptr;
    for (call.args.negatives = 0; call.args.negatives <= 3; call.args.negatives += 3) {
        call.loss = 1, call.touched_count = -1;
        CHECK(gw_sampled_softmax(&call.args) == GW_OK);
        CHECK(call.loss == 0 && call.touched_count >= 0 && call.touched_count <= call.args.negatives);
    }
}

void test_bad_adam_and_sum_arguments_are_refused() {
    float w[V * I] = {}, m[V * I] = {}, v[V * I] = {}, g[V * I] = {};
    int32_t touched[3] = {4, 1, 4};
    const auto adam = [&](int64_t count, int64_t step, float rate, float beta1, float epsilon) {
        return gw_lazy_adam(V, I, w, m, v, touched, count, g, step, rate, beta1, 0.999f, epsilon, 0.0f);
    };
    expect_bad(adam(3, 1, 0.1f, 0.9f, 1e-8f), "touched[2] is 4 a second time");
    expect_bad(adam(7, 1, 0.1f, 0.9f, 1e-8f), "touched is 7, not from 0 to 6");
    expect_bad(adam(2, 0, 0.1f, 0.9f, 1e-8f), "step is 0");
    expect_bad(adam(2, 1, NAN, 0.9f, 1e-8f), "rate is nan");
    expect_bad(adam(2, 1, 0.1f, 1.0f, 1e-8f), "beta1 is 1");
    expect_bad(adam(2, 1, 0.1f, 0.9f, -1.0f), "epsilon is -1");
    CHECK(adam(2, 1, 0.1f, 0.9f, 1e-8f) == GW_OK);
    int64_t count;
    expect_bad(gw_sum_by_word(3, I, V, touched, nullptr, I, touched, &count, w), "gradient is NULL");
    expect_bad(gw_sum_by_word(3, I, 4, touched, g, I, touched, &count, w), "ids[0] is 4");
    expect_bad(gw_sum_by_word(3, I, V, touched, g, I, touched, nullptr, w), "touched_count is NULL");
    expect_bad(gw_sum_by_word(3, I, V, touched, g, I, nullptr, &count, w), "touched is NULL");
    expect_bad(gw_sum_by_word(3, I, V, touched, g, I, touched, &count, nullptr), "d_rows is NULL");
}

}  // namespace

int main() {
    CHECK(std::strcmp(gw_last_error(), "") == 0);
    test_the_library_tells_about_itself();
    test_messages_belong_to_their_thread_and_stay();
    test_bad_weights_are_refused();
    test_bad_tables_are_refused();
    test_bad_forward_arguments_are_refused();
    test_nothing_to_do_needs_no_pointers();
    test_bad_steps_are_refused();
    test_bad_backward_arguments_are_refused();
    test_bad_softmax_arguments_are_refused();
    test_no_rows_make_no_loss();
    test_bad_adam_and_sum_arguments_are_refused();
    gw_use_threads(1);
    gw_trim();
    return gw_test::finish();
}
