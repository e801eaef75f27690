// The nonlinearities of the gates, from one polynomial.
#pragma once

#include "vec.h"

namespace gw::GW_ISA {
namespace {

constexpr float LOG2_E = 1.44269504f;

// 2^t - 1 as f q and a power of two: t = n + f with n whole and |f| <= 1/2.
struct PowerOfTwo {
    V fq;  // 2^f - 1, to 1e-8 of itself
    V n;
};

// q is the polynomial of degree 5 with the least relative error in 2^f - 1 over |f| <= 1/2 (fitted by Lawson's method).
GW_INLINE PowerOfTwo power_of_two(V t) {
    const V n = nearest(t);
    const V f = sub(t, n);
    V q = splat(1.5403512e-4f);
    q = fma(q, f, splat(1.33907353e-3f));
    q = fma(q, f, splat(9.61823761e-3f));
    q = fma(q, f, splat(5.55035733e-2f));
    q = fma(q, f, splat(2.40226492e-1f));
    q = fma(q, f, splat(6.93147182e-1f));
    return {mul(f, q), n};
}

// NaN stays NaN: `least` and `most` give their second argument then.
GW_INLINE V within(V t, float limit) { return most(splat(-limit), least(splat(limit), t)); }

// 1 / (1 + e^-x) to 1e-7. Beyond |x| = 86 the power would leave the range of float; the value is 0 or 1 long before.
GW_INLINE V sigmoid(V x) {
    const PowerOfTwo power = power_of_two(within(mul(x, splat(-LOG2_E)), 124.0f));
    const V e = times_power_of_two(add(power.fq, splat(1.0f)), power.n);
    return reciprocal(add(e, splat(1.0f)));
}

// (e^2x - 1) / (e^2x + 1), to 3e-7 of itself even near 0, because e^2x - 1 is made without taking 1 from 1.
// From e^2x = 2^26 on the value is 1 to the last bit.
GW_INLINE V tanh(V x) {
    const PowerOfTwo power = power_of_two(within(mul(x, splat(2.0f * LOG2_E)), 26.0f));
    const V s = times_power_of_two(splat(1.0f), power.n);
    const V e = fma(s, power.fq, sub(s, splat(1.0f)));
    return mul(e, reciprocal(add(e, splat(2.0f))));
}

}  // namespace
}  // namespace gw::GW_ISA
