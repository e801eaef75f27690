// Adam on some rows of a matrix (Kingma and Ba 2014, arXiv 1412.6980, algorithm 1), with the decay of AdamW (Loshchilov
// and Hutter 2017, arXiv 1711.05101).
//
//   m' = b1 m + (1 - b1) g                 v' = b2 v + (1 - b2) g^2                          (1)
//   w' = (1 - rate decay) w - rate m' / (1 - b1^t) / (sqrt(v' / (1 - b2^t)) + epsilon)       (2)
//
// The other rows rest, moments and all: lazy. t counts the steps of the matrix, not of a row. Plain loops, which the
// compiler turns into vectors: memory is what takes the time, and so the bits are those of every other processor.
#include "simd/exports.h"
#include "simd/vec.h"
#include "threads/pool.h"

namespace gw::GW_ISA {
namespace {

// Numbers that a task changes, about.
constexpr int64_t NUMBERS_A_TASK = 16384;

struct Factors {
    float beta1, new1, beta2, new2;  // new = 1 - beta
    float kept;                      // 1 - rate decay
    float rate;                      // rate / (1 - b1^t)
    float root;                      // sqrt(1 - b2^t)
    float epsilon;
};

GW_INLINE void update(const Factors& by, int64_t count, const float* __restrict gradient, float* __restrict weight,
                      float* __restrict m, float* __restrict v) {
    for (int64_t i = 0; i < count; ++i) {
        const float g = gradient[i];
        m[i] = by.beta1 * m[i] + by.new1 * g;
        v[i] = by.beta2 * v[i] + by.new2 * (g * g);
        weight[i] = by.kept * weight[i] - by.rate * (m[i] / (__builtin_sqrtf(v[i]) / by.root + by.epsilon));
    }
}

// Rows lie anywhere in the matrix: no processor foresees the next one.
GW_INLINE void will_change(const float* row, int64_t count) {
    for (int64_t i = 0; i < count; i += 16) will_write(row + i);
}

}  // namespace

void lazy_adam(int64_t features, float* weight, float* m, float* v, const int32_t* touched, int64_t count,
               const float* gradient, int64_t step, float rate, float beta1, float beta2, float epsilon, float decay) {
    const double steps = static_cast<double>(step);
    const double rest1 = 1.0 - __builtin_pow(static_cast<double>(beta1), steps);
    const double rest2 = 1.0 - __builtin_pow(static_cast<double>(beta2), steps);
    const Factors by = {beta1,
                        1.0f - beta1,
                        beta2,
                        1.0f - beta2,
                        static_cast<float>(1.0 - static_cast<double>(rate) * static_cast<double>(decay)),
                        static_cast<float>(static_cast<double>(rate) / rest1),
                        static_cast<float>(__builtin_sqrt(rest2)),
                        epsilon};
    const int64_t each = max_of(1, NUMBERS_A_TASK / features);
    parallel_for(ceil_div(count, each), [&](int64_t task, int32_t) {
        for (int64_t k = task * each; k < min_of(count, (task + 1) * each); ++k) {
            if (k + 1 < count) {
                const int64_t next = touched[k + 1] * features;
                will_change(weight + next, features);
                will_change(m + next, features);
                will_change(v + next, features);
            }
            const int64_t place = touched[k] * features;
            update(by, features, gradient + k * features, weight + place, m + place, v + place);
        }
    });
}

}  // namespace gw::GW_ISA
