// The floating-point mode in which tasks run: the standard one with subnormal numbers taken as zero.
//
// The whole control word is set, not two bits of it: a caller that rounds upward would otherwise get other numbers from
// its own tasks than from those of the workers. Its word, sticky flags included, is put back.
#pragma once

#include <cstdint>

#if defined(__SSE2__) || defined(_M_X64)
#include <xmmintrin.h>
#endif

namespace gw {

class FloatMode {
public:
    FloatMode() : before_(get()) { set(TASKS); }
    ~FloatMode() { set(before_); }
    FloatMode(const FloatMode&) = delete;
    FloatMode& operator=(const FloatMode&) = delete;

private:
#if defined(__SSE2__) || defined(_M_X64)
    using Word = unsigned int;
    static constexpr Word TASKS = 0x1f80 | 0x8000 | 0x0040;  // exceptions masked, flush to zero, denormals are zero
    static Word get() { return _mm_getcsr(); }
    static void set(Word word) { _mm_setcsr(word); }
#elif defined(__aarch64__) && (defined(__GNUC__) || defined(__clang__))
    using Word = uint64_t;
    static constexpr Word TASKS = Word{1} << 24;  // flush to zero
    static Word get() {
        Word word;
        __asm__ volatile("mrs %0, fpcr" : "=r"(word));
        return word;
    }
    static void set(Word word) { __asm__ volatile("msr fpcr, %0" : : "r"(word) : "memory"); }
#else
    using Word = int;
    static constexpr Word TASKS = 0;
    static Word get() { return 0; }
    static void set(Word) {}
#endif
    Word before_;
};

}  // namespace gw
