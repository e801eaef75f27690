// The two ways of making products. An `Element` is a stored factor; PACK neighbouring factors along the sum are
// multiplied and added by one instruction.
#pragma once

#include "vec.h"

namespace gw::GW_ISA {
namespace {

struct Fp32 {
    using Element = float;
    using Factor = V;
    static constexpr int PACK = 1;

    static GW_INLINE Element round(float a) { return a; }
    static GW_INLINE Factor splat(const Element* p) { return GW_ISA::splat(*p); }
    static GW_INLINE Factor load(const Element* p) { return GW_ISA::load(p); }
    static GW_INLINE V multiply_add(Factor a, Factor b, V c) { return fma(a, b, c); }
    static GW_INLINE void put(Element* p, V a) { store(p, a); }
    static GW_INLINE void put_first(Element* p, V a, int64_t n) { store_first(p, a, n); }

    // LANES columns of PACK rows beside each other, ready to be a factor; the second row is not read.
    static GW_INLINE V interleave(const float* row, const float*) { return GW_ISA::load(row); }
};

#if defined(__AVX512BF16__)

struct Bf16 {
    using Element = uint16_t;  // the upper half of a float
    using Factor = __m512bh;
    static constexpr int PACK = 2;

    static GW_INLINE Element round(float a) {
        uint32_t bits;
        __builtin_memcpy(&bits, &a, sizeof bits);
        if ((bits & 0x7fffffffu) > 0x7f800000u) return static_cast<Element>((bits >> 16) | 0x40);  // NaN stays one
        return static_cast<Element>((bits + 0x7fffu + ((bits >> 16) & 1)) >> 16);
    }
    static GW_INLINE Factor splat(const Element* p) {
        int32_t pair;
        __builtin_memcpy(&pair, p, sizeof pair);
        return (Factor)_mm512_set1_epi32(pair);
    }
    static GW_INLINE Factor load(const Element* p) { return (Factor)_mm512_loadu_si512(p); }
    static GW_INLINE V multiply_add(Factor a, Factor b, V c) { return _mm512_dpbf16_ps(c, a, b); }
    static GW_INLINE void put(Element* p, V a) {
        _mm256_storeu_si256(reinterpret_cast<__m256i*>(p), (__m256i)_mm512_cvtneps_pbh(a));
    }
    static GW_INLINE void put_first(Element* p, V a, int64_t n) {
        _mm256_mask_storeu_epi16(p, first_lanes(n), (__m256i)_mm512_cvtneps_pbh(a));
    }

    static GW_INLINE __m512i beside(__m256i even, __m256i odd) {
        return _mm512_or_si512(_mm512_cvtepu16_epi32(even), _mm512_slli_epi32(_mm512_cvtepu16_epi32(odd), 16));
    }
    static GW_INLINE V interleave(const float* even, const float* odd) {
        return _mm512_castsi512_ps(beside((__m256i)_mm512_cvtneps_pbh(GW_ISA::load(even)),
                                          (__m256i)_mm512_cvtneps_pbh(GW_ISA::load(odd))));
    }
    static GW_INLINE V interleave(const Element* even, const Element* odd) {
        return _mm512_castsi512_ps(beside(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(even)),
                                          _mm256_loadu_si256(reinterpret_cast<const __m256i*>(odd))));
    }
};

#endif

}  // namespace
}  // namespace gw::GW_ISA
