// The LSTM in doubles, one number at a time, with its gradients by the chain rule: what the kernels must agree with.
#pragma once

#include <cmath>
#include <cstdint>
#include <vector>

namespace gw_test {

using Doubles = std::vector<double>;
using Floats = std::vector<float>;

inline size_t at(int64_t row, int64_t columns, int64_t column) { return static_cast<size_t>(row * columns + column); }

struct Problem {
    int64_t I, H;
    std::vector<int64_t> offsets;
    bool is_reverse;
    Floats w_ih, w_hh, b_ih, b_hh, x, h0, c0;
    Floats d_hidden, d_h_n, d_c_n;  // gradients of the outputs

    int64_t sequences() const { return static_cast<int64_t>(offsets.size()) - 1; }
    int64_t rows() const { return offsets.back(); }
    int64_t length(int64_t b) const { return offsets[static_cast<size_t>(b) + 1] - offsets[static_cast<size_t>(b)]; }
    int64_t row(int64_t b, int64_t step) const {
        return is_reverse ? offsets[static_cast<size_t>(b) + 1] - 1 - step : offsets[static_cast<size_t>(b)] + step;
    }
};

// Uniform from -scale to scale, the same for the same seed on every machine.
inline Floats random(int64_t count, float scale, uint32_t& seed) {
    Floats values;
    for (int64_t i = 0; i < count; ++i) {
        seed = seed * 1664525u + 1013904223u;
        values.push_back((static_cast<float>(seed >> 8) / 8388608.0f - 1.0f) * scale);
    }
    return values;
}

inline Problem make_problem(int64_t I, int64_t H, const std::vector<int64_t>& lengths, bool is_reverse) {
    Problem p{I, H, {0}, is_reverse, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}};
    for (const int64_t length : lengths) p.offsets.push_back(p.offsets.back() + length);
    uint32_t seed = static_cast<uint32_t>(I * 1000 + H);
    const float scale = 1.0f / std::sqrt(static_cast<float>(H));  // as networks are initialised
    const int64_t states = p.sequences() * H;
    p.w_ih = random(4 * H * I, scale, seed), p.w_hh = random(4 * H * H, scale, seed);
    p.b_ih = random(4 * H, scale, seed), p.b_hh = random(4 * H, scale, seed);
    p.x = random(p.rows() * I, 1.0f, seed), p.h0 = random(states, 0.9f, seed), p.c0 = random(states, 2.0f, seed);
    p.d_hidden = random(p.rows() * H, 1.0f, seed);
    p.d_h_n = random(states, 1.0f, seed), p.d_c_n = random(states, 1.0f, seed);
    return p;
}

class Reference {
public:
    Doubles hidden, cells, gates, h_n, c_n;
    Doubles d_x, d_h0, d_c0, d_w_ih, d_w_hh, d_b;

    explicit Reference(const Problem& problem) : p(problem) {
        const auto zeros = [](int64_t count) { return Doubles(static_cast<size_t>(count)); };
        hidden = zeros(p.rows() * p.H), cells = hidden, gates = zeros(p.rows() * 4 * p.H), d_x = zeros(p.rows() * p.I);
        h_n = Doubles(p.h0.begin(), p.h0.end()), c_n = Doubles(p.c0.begin(), p.c0.end());
        d_h0 = Doubles(p.d_h_n.begin(), p.d_h_n.end()), d_c0 = Doubles(p.d_c_n.begin(), p.d_c_n.end());
        d_w_ih = zeros(4 * p.H * p.I), d_w_hh = zeros(4 * p.H * p.H), d_b = zeros(4 * p.H);
        for (int64_t b = 0; b < p.sequences(); ++b) {
            for (int64_t step = 0; step < p.length(b); ++step) forward(b, p.row(b, step));
            for (int64_t step = p.length(b) - 1; step >= 0; --step) backward(b, step);
        }
    }

private:
    const Problem& p;

    // h_n and c_n hold the state so far.
    void forward(int64_t b, int64_t n) {
        const int64_t H = p.H, I = p.I;
        for (int64_t k = 0; k < 4 * H; ++k) {
            double sum = static_cast<double>(p.b_ih[at(0, 0, k)]) + p.b_hh[at(0, 0, k)];
            for (int64_t i = 0; i < I; ++i) sum += static_cast<double>(p.w_ih[at(k, I, i)]) * p.x[at(n, I, i)];
            for (int64_t j = 0; j < H; ++j) sum += static_cast<double>(p.w_hh[at(k, H, j)]) * h_n[at(b, H, j)];
            gates[at(n, 4 * H, k)] = k / H == 2 ? std::tanh(sum) : 1.0 / (1.0 + std::exp(-sum));
        }
        for (int64_t j = 0; j < H; ++j) {
            const double* gate = &gates[at(n, 4 * H, j)];
            c_n[at(b, H, j)] = gate[H] * c_n[at(b, H, j)] + gate[0] * gate[2 * H];
            cells[at(n, H, j)] = c_n[at(b, H, j)];
            h_n[at(b, H, j)] = hidden[at(n, H, j)] = gate[3 * H] * std::tanh(c_n[at(b, H, j)]);
        }
    }

    // d_h0 and d_c0 hold the gradients of the state after this step, and of the one before it when this returns.
    void backward(int64_t b, int64_t step) {
        const int64_t H = p.H, I = p.I, n = p.row(b, step), earlier = step > 0 ? p.row(b, step - 1) : -1;
        const auto before = [&](const Doubles& all, const Floats& first, int64_t j) {
            return earlier < 0 ? static_cast<double>(first[at(b, H, j)]) : all[at(earlier, H, j)];
        };
        Doubles d_gates(static_cast<size_t>(4 * H));
        for (int64_t j = 0; j < H; ++j) {
            const double *gate = &gates[at(n, 4 * H, j)], t = std::tanh(cells[at(n, H, j)]);
            const double i = gate[0], f = gate[H], g = gate[2 * H], o = gate[3 * H];
            const double d_h = d_h0[at(b, H, j)] + p.d_hidden[at(n, H, j)];
            const double d_c = d_c0[at(b, H, j)] + d_h * o * (1 - t * t);
            double* d = &d_gates[at(0, 0, j)];
            d[0] = d_c * g * i * (1 - i);
            d[H] = d_c * before(cells, p.c0, j) * f * (1 - f);
            d[2 * H] = d_c * i * (1 - g * g);
            d[3 * H] = d_h * t * o * (1 - o);
            d_c0[at(b, H, j)] = d_c * f;
            d_h0[at(b, H, j)] = 0;
        }
        for (int64_t k = 0; k < 4 * H; ++k) {
            const double d = d_gates[at(0, 0, k)];
            d_b[at(0, 0, k)] += d;
            for (int64_t i = 0; i < I; ++i) {
                d_w_ih[at(k, I, i)] += d * p.x[at(n, I, i)];
                d_x[at(n, I, i)] += d * p.w_ih[at(k, I, i)];
            }
            for (int64_t j = 0; j < H; ++j) {
                d_w_hh[at(k, H, j)] += d * before(hidden, p.h0, j);
                d_h0[at(b, H, j)] += d * p.w_hh[at(k, H, j)];
            }
        }
    }
};

}  // namespace gw_test
