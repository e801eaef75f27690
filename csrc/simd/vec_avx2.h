// Eight floats at a time.
#pragma once

using V = __m256;
constexpr int LANES = 8;
constexpr int TILE_ROWS = 3;  // 3 x 4 accumulators, 3 factors and one column of weights: all 16 registers

GW_INLINE __m256i first_lanes(int64_t n) {
    const __m256i lane = _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7);
    return _mm256_cmpgt_epi32(_mm256_set1_epi32(static_cast<int>(n < LANES ? n : LANES)), lane);
}

GW_INLINE V zero() { return _mm256_setzero_ps(); }
GW_INLINE V splat(float a) { return _mm256_set1_ps(a); }
GW_INLINE V load(const float* p) { return _mm256_loadu_ps(p); }
GW_INLINE V load_first(const float* p, int64_t n) { return _mm256_maskload_ps(p, first_lanes(n)); }
GW_INLINE void store(float* p, V a) { _mm256_storeu_ps(p, a); }
GW_INLINE void store_first(float* p, V a, int64_t n) { _mm256_maskstore_ps(p, first_lanes(n), a); }

GW_INLINE V add(V a, V b) { return _mm256_add_ps(a, b); }
GW_INLINE V sub(V a, V b) { return _mm256_sub_ps(a, b); }
GW_INLINE V mul(V a, V b) { return _mm256_mul_ps(a, b); }
GW_INLINE V fma(V a, V b, V c) { return _mm256_fmadd_ps(a, b, c); }    // a b + c
GW_INLINE V fnma(V a, V b, V c) { return _mm256_fnmadd_ps(a, b, c); }  // c - a b
// The second argument where either is no number.
GW_INLINE V least(V a, V b) { return _mm256_min_ps(a, b); }
GW_INLINE V most(V a, V b) { return _mm256_max_ps(a, b); }
GW_INLINE V nearest(V a) { return _mm256_round_ps(a, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC); }

// For n that keep 2^n a normal number, or no number at all.
GW_INLINE V times_power_of_two(V a, V n) {
    const __m256i exponent = _mm256_slli_epi32(_mm256_cvtps_epi32(add(n, splat(127.0f))), 23);
    return mul(a, _mm256_castsi256_ps(exponent));
}

GW_INLINE V reciprocal(V a) { return _mm256_div_ps(splat(1.0f), a); }
