// The vectors of the instruction set this file is being compiled for, inside a namespace of its own.
#pragma once

#include <stdint.h>
#if defined(__AVX2__)
#include <immintrin.h>
#endif

#define GW_INLINE inline __attribute__((always_inline))
#define GW_NOINLINE __attribute__((noinline))

namespace gw::GW_ISA {
namespace {

#if defined(__AVX512F__)
#include "vec_avx512.h"
#elif defined(__AVX2__) && defined(__FMA__)
#include "vec_avx2.h"
#else
#include "vec_generic.h"
#endif

// The first n lanes, or all where n is larger; the common case without a mask, which is slow with AVX2.
GW_INLINE V load_within(const float* p, int64_t n) { return n >= LANES ? load(p) : load_first(p, n); }
GW_INLINE void store_within(float* p, V a, int64_t n) {
    if (n >= LANES) {
        store(p, a);
    } else if (n > 0) {
        store_first(p, a, n);
    }
}

// Ask for the cache line of p.
GW_INLINE void will_read(const void* p) { __builtin_prefetch(p, 0); }
GW_INLINE void will_write(const void* p) { __builtin_prefetch(p, 1); }

GW_INLINE int64_t ceil_div(int64_t a, int64_t b) { return (a + b - 1) / b; }
GW_INLINE int64_t padded(int64_t n) { return ceil_div(n, LANES) * LANES; }
GW_INLINE int64_t min_of(int64_t a, int64_t b) { return a < b ? a : b; }
GW_INLINE int64_t max_of(int64_t a, int64_t b) { return a > b ? a : b; }

}  // namespace
}  // namespace gw::GW_ISA
