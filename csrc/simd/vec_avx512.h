// Sixteen floats at a time.
#pragma once

using V = __m512;
constexpr int LANES = 16;
constexpr int TILE_ROWS = 6;  // 6 x 4 accumulators, 6 factors and one column of weights: 31 of 32 registers

GW_INLINE __mmask16 first_lanes(int64_t n) { return n >= LANES ? 0xffff : static_cast<__mmask16>((1u << n) - 1); }

GW_INLINE V zero() { return _mm512_setzero_ps(); }
GW_INLINE V splat(float a) { return _mm512_set1_ps(a); }
GW_INLINE V load(const float* p) { return _mm512_loadu_ps(p); }
GW_INLINE V load_first(const float* p, int64_t n) { return _mm512_maskz_loadu_ps(first_lanes(n), p); }
GW_INLINE void store(float* p, V a) { _mm512_storeu_ps(p, a); }
GW_INLINE void store_first(float* p, V a, int64_t n) { _mm512_mask_storeu_ps(p, first_lanes(n), a); }

GW_INLINE V add(V a, V b) { return _mm512_add_ps(a, b); }
GW_INLINE V sub(V a, V b) { return _mm512_sub_ps(a, b); }
GW_INLINE V mul(V a, V b) { return _mm512_mul_ps(a, b); }
GW_INLINE V fma(V a, V b, V c) { return _mm512_fmadd_ps(a, b, c); }    // a b + c
GW_INLINE V fnma(V a, V b, V c) { return _mm512_fnmadd_ps(a, b, c); }  // c - a b
// The second argument where either is no number.
GW_INLINE V least(V a, V b) { return _mm512_min_ps(a, b); }
GW_INLINE V most(V a, V b) { return _mm512_max_ps(a, b); }
GW_INLINE V nearest(V a) { return _mm512_roundscale_ps(a, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC); }
GW_INLINE V times_power_of_two(V a, V n) { return _mm512_scalef_ps(a, n); }

GW_INLINE V reciprocal(V a) {
    const V guess = _mm512_rcp14_ps(a);  // to 14 bits; one step of Newton's gives all
    return mul(guess, fnma(a, guess, splat(2.0f)));
}
