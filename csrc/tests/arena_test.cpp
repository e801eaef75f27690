// Blocks are aligned, come back, fit nearly the same sizes, leave when too many wait, and never have two holders.
#include <atomic>
#include <cstdint>
#include <cstring>
#include <initializer_list>
#include <thread>
#include <vector>

#include "check.h"
#include "gatewise.h"

namespace {

constexpr int64_t KB = 1024, MB = 1024 * KB, GB = 1024 * MB;

bool is_aligned(const void* block) { return reinterpret_cast<uintptr_t>(block) % 64 == 0; }

void test_blocks_are_aligned_and_whole() {
    for (const int64_t bytes : std::initializer_list<int64_t>{0, 1, 64, 449, 513, 5 * KB + 3, 4 * MB - 64, 4 * MB,
                                                              9 * MB + 1}) {
        void* block = gw_take(bytes);
        CHECK(block && is_aligned(block));
        if (block) std::memset(block, 0xff, static_cast<size_t>(bytes));
        gw_give(block);
    }
    gw_trim();
}

void test_impossible_sizes_give_null() {
    CHECK(gw_take(-1) == nullptr);
    CHECK(gw_take(INT64_MAX) == nullptr);
    CHECK(gw_take(INT64_MAX - 100) == nullptr);
    CHECK(gw_take(int64_t{1} << 46) == nullptr);
    gw_give(nullptr);
}

void test_a_block_given_back_is_used_for_nearly_the_same_size() {
    for (const int64_t bytes : {int64_t{1000}, 100 * KB, 10 * MB}) {
        gw_trim();
        void* first = gw_take(bytes);
        gw_give(first);
        for (const int64_t wanted : {bytes, bytes - bytes / 20, bytes - bytes / 4}) {
            void* second = gw_take(wanted);
            CHECK(second == first);
            gw_give(second);
        }
        void* small = gw_take(bytes / 4);
        CHECK(small != first);
        gw_give(small);
    }
    gw_trim();
}

void test_the_latest_block_comes_first() {
    void* one = gw_take(64 * KB);
    void* two = gw_take(64 * KB);
    gw_give(one);
    gw_give(two);
    CHECK(gw_take(64 * KB) == two);
    CHECK(gw_take(64 * KB) == one);
    gw_give(one);
    gw_give(two);
    gw_trim();
}

void test_what_waits_is_counted_and_trimmed() {
    gw_trim();
    CHECK(gw_idle_bytes() == 0);
    void* blocks[] = {gw_take(100), gw_take(3 * MB), gw_take(5 * MB)};
    CHECK(gw_idle_bytes() == 0);
    for (void* block : blocks) gw_give(block);
    CHECK(gw_idle_bytes() >= 8 * MB && gw_idle_bytes() < 10 * MB);
    gw_trim();
    CHECK(gw_idle_bytes() == 0);
}

void test_the_oldest_leave_when_too_much_waits() {
    gw_trim();
    std::vector<void*> blocks;
    for (int i = 0; i < 5; ++i) blocks.push_back(gw_take(300 * MB));  // untouched, so it costs no memory
    for (void* block : blocks) gw_give(block);
    CHECK(gw_idle_bytes() <= GB);
    CHECK(gw_idle_bytes() >= 800 * MB);
    CHECK(gw_take(300 * MB) == blocks[4]);
    gw_give(blocks[4]);
    void* huge = gw_take(2 * GB);
    CHECK(huge != nullptr);
    gw_give(huge);
    CHECK(gw_idle_bytes() <= GB);
    gw_trim();
}

// Each holder marks its block and finds the mark unchanged.
void hold_and_check(unsigned seed, std::atomic<bool>& all) {
    for (int i = 0; i < 3000; ++i) {
        seed = seed * 1664525u + 1013904223u;
        const int64_t bytes = 16 + (seed >> 8) % (seed % 50 == 0 ? 6 * MB : 4 * KB);
        auto* block = static_cast<unsigned*>(gw_take(bytes));
        if (!block || !is_aligned(block)) {
            all = false;
            return;
        }
        const auto last = static_cast<size_t>(bytes) / sizeof(unsigned) - 1;
        block[0] = block[last] = seed;
        if (i % 64 == 0) gw_trim();
        if (block[0] != seed || block[last] != seed) all = false;
        gw_give(block);
    }
}

void test_threads_never_share_a_block() {
    std::atomic<bool> all{true};
    std::vector<std::thread> threads;
    for (unsigned i = 0; i < 4; ++i) threads.emplace_back([i, &all] { hold_and_check(i, all); });
    for (std::thread& thread : threads) thread.join();
    CHECK(all);
    gw_trim();
    CHECK(gw_idle_bytes() == 0);
}

}  // namespace

int main() {
    test_blocks_are_aligned_and_whole();
    test_impossible_sizes_give_null();
    test_a_block_given_back_is_used_for_nearly_the_same_size();
    test_the_latest_block_comes_first();
    test_what_waits_is_counted_and_trimmed();
    test_the_oldest_leave_when_too_much_waits();
    test_threads_never_share_a_block();
    return gw_test::finish();
}
