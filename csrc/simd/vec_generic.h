// Four floats at a time, in the vector language that GCC and Clang share: SSE2 or SSE4 on x86-64, NEON on ARM.
#pragma once

typedef float V __attribute__((vector_size(16)));
typedef int32_t VInt __attribute__((vector_size(16)));
constexpr int LANES = 4;
constexpr int TILE_ROWS = 2;

GW_INLINE V zero() { return V{0, 0, 0, 0}; }
GW_INLINE V splat(float a) { return V{a, a, a, a}; }
GW_INLINE V load(const float* p) {
    V a;
    __builtin_memcpy(&a, p, sizeof a);
    return a;
}
GW_INLINE V load_first(const float* p, int64_t n) {
    V a = zero();
    for (int lane = 0; lane < LANES; ++lane) {
        if (lane < n) a[lane] = p[lane];
    }
    return a;
}
GW_INLINE void store(float* p, V a) { __builtin_memcpy(p, &a, sizeof a); }
GW_INLINE void store_first(float* p, V a, int64_t n) {
    for (int lane = 0; lane < LANES; ++lane) {
        if (lane < n) p[lane] = a[lane];
    }
}

GW_INLINE V add(V a, V b) { return a + b; }
GW_INLINE V sub(V a, V b) { return a - b; }
GW_INLINE V mul(V a, V b) { return a * b; }
GW_INLINE V fma(V a, V b, V c) { return a * b + c; }
GW_INLINE V fnma(V a, V b, V c) { return c - a * b; }
// The second argument where either is no number.
GW_INLINE V select(VInt which, V a, V b) { return (V)(((VInt)a & which) | ((VInt)b & ~which)); }
GW_INLINE V least(V a, V b) { return select(a < b, a, b); }
GW_INLINE V most(V a, V b) { return select(a > b, a, b); }

// For |a| below 2^22: adding 1.5 * 2^23 leaves no room for a fraction.
GW_INLINE V nearest(V a) {
    const V shift = splat(12582912.0f);
    return (a + shift) - shift;
}

// For n that keep 2^n a normal number, or no number at all.
GW_INLINE V times_power_of_two(V a, V n) {
    // n + 127 + 2^23 has n + 127 in its lowest bits, whatever the rest may be.
    return a * (V)((VInt)(n + splat(8388735.0f)) << 23);
}

GW_INLINE V reciprocal(V a) { return splat(1.0f) / a; }
