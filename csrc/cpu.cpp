// Which kernels this processor, under this operating system, can run.
//
// The levels are those of the x86-64 psABI, because -march=x86-64-v3 lets the compiler use all that the level has. The
// compiler's own test is not used: some versions do not know the levels, others forget to ask the operating system.
#include <atomic>
#include <cstring>
#include <initializer_list>

#include "kernels.h"

#if (defined(__x86_64__) || defined(__i386__)) && defined(__GNUC__)
#include <cpuid.h>
#define GW_X86 1
#endif

namespace gw {

extern const Kernels kernels_generic;
extern const Kernels kernels_v2;
extern const Kernels kernels_avx2;
extern const Kernels kernels_avx512;
extern const Kernels kernels_avx512bf16;

namespace {

#if GW_X86

struct Registers {
    unsigned eax = 0, ebx = 0, ecx = 0, edx = 0;

    Registers(unsigned leaf, unsigned part) {  // a leaf that the processor lacks reads as no features
        if (leaf <= __get_cpuid_max(leaf & 0x80000000u, nullptr)) __cpuid_count(leaf, part, eax, ebx, ecx, edx);
    }
};

constexpr bool has(unsigned word, std::initializer_list<int> bits) {
    for (const int bit : bits) {
        if (!(word >> bit & 1)) return false;
    }
    return true;
}

// Which registers the operating system saves when it switches threads (XCR0).
unsigned saved_state() {
    if (!has(Registers(1, 0).ecx, {27})) return 0;  // osxsave
    unsigned low, high;
    __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
    return low;
}

bool has_v2() {
    // sse3 ssse3 cx16 sse4.1 sse4.2 popcnt; lahf
    return has(Registers(1, 0).ecx, {0, 9, 13, 19, 20, 23}) && has(Registers(0x80000001u, 0).ecx, {0});
}

bool has_avx2() {
    // fma movbe osxsave avx f16c; bmi1 avx2 bmi2; lzcnt; xmm and ymm saved
    return has_v2() && has(Registers(1, 0).ecx, {12, 22, 27, 28, 29}) && has(Registers(7, 0).ebx, {3, 5, 8}) &&
           has(Registers(0x80000001u, 0).ecx, {5}) && has(saved_state(), {1, 2});
}

bool has_avx512() {
    // f dq cd bw vl; masks, upper halves and upper registers saved
    return has_avx2() && has(Registers(7, 0).ebx, {16, 17, 28, 30, 31}) && has(saved_state(), {5, 6, 7});
}

bool has_avx512bf16() { return has_avx512() && Registers(7, 0).eax >= 1 && has(Registers(7, 1).eax, {5}); }

#endif

bool always() { return true; }

struct Level {
    const Kernels* kernels;
    bool (*can_run)();
};

constexpr Level LEVELS[] = {
    {&kernels_generic, always},
#if defined(GW_WITH_V2)
    {&kernels_v2, has_v2},
#endif
#if defined(GW_WITH_AVX2)
    {&kernels_avx2, has_avx2},
#endif
#if defined(GW_WITH_AVX512)
    {&kernels_avx512, has_avx512},
#endif
#if defined(GW_WITH_AVX512BF16)
    {&kernels_avx512bf16, has_avx512bf16},
#endif
};

std::atomic<const Kernels*> in_use{nullptr};

const Kernels* fastest() {
    const Kernels* best = nullptr;
    for (const Level& level : LEVELS) {
        if (level.can_run()) best = level.kernels;
    }
    return best;
}

}  // namespace

const Kernels* kernels() {
    const Kernels* found = in_use.load(std::memory_order_acquire);
    if (found) return found;
    const Kernels* best = fastest();
    return in_use.compare_exchange_strong(found, best, std::memory_order_acq_rel) ? best : found;
}

const Kernels* find_kernels(const char* name) {
    for (const Level& level : LEVELS) {
        if (std::strcmp(level.kernels->name, name) == 0) return level.can_run() ? level.kernels : nullptr;
    }
    return nullptr;
}

const char* kernel_names() {
    struct Names {
        char text[128] = "";

        Names() {
            for (const Level& level : LEVELS) {
                if (!level.can_run()) continue;
                if (text[0]) std::strcat(text, ",");
                std::strcat(text, level.kernels->name);
            }
        }
    };
    static const Names names;
    return names.text;
}

void use_kernels(const Kernels* chosen) { in_use.store(chosen, std::memory_order_release); }

}  // namespace gw
