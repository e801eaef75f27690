// Gradients of embeddings: rows summed by word.
//
// Row numbers are sorted by word (radix sort, which keeps the order of equal ones); then every number of the result is
// summed by one task, in the order of n, whatever the number of threads. Work is cut across words and across features,
// because a few words make up most of a text.
#include <algorithm>
#include <cstring>

#include "checks.h"
#include "memory/arena.h"
#include "threads/held.h"
#include "threads/pool.h"

namespace gw {
namespace {

constexpr int DIGIT_BITS = 11;
constexpr int64_t DIGITS = int64_t{1} << DIGIT_BITS;
constexpr int64_t ROWS_A_TASK = 256;
constexpr int64_t FEATURES_A_TASK = 64;
constexpr int64_t ROWS_AHEAD = 8;

// A row of the gradient: its word in the upper half, its number in the lower.
using Row = uint64_t;
int32_t word_of(Row row) { return static_cast<int32_t>(row >> 32); }
int64_t number_of(Row row) { return static_cast<int64_t>(row & 0xffffffffu); }

// The rows of a word lie anywhere, so the processor does not guess where the next is: a third to a half of the time.
void fetch(const float* row, int64_t width) {
    for (int64_t f = 0; f < width; f += 16) __builtin_prefetch(row + f);
}

void sort_by_digit(const Row* from, Row* to, int64_t count, int shift) {
    int64_t starts[DIGITS + 1] = {};
    const auto digit = [shift](Row row) { return row >> shift & (DIGITS - 1); };
    for (int64_t n = 0; n < count; ++n) ++starts[digit(from[n]) + 1];
    for (int64_t d = 0; d < DIGITS; ++d) starts[d + 1] += starts[d];
    for (int64_t n = 0; n < count; ++n) to[starts[digit(from[n])]++] = from[n];
}

// The sorted rows, in one of the two arrays.
const Row* sort_by_word(const int32_t* ids, int64_t count, int64_t vocabulary, Row* rows, Row* spare) {
    for (int64_t n = 0; n < count; ++n) rows[n] = static_cast<Row>(ids[n]) << 32 | static_cast<Row>(n);
    for (int bit = 0; bit < 31 && (vocabulary - 1) >> bit; bit += DIGIT_BITS) {
        sort_by_digit(rows, spare, count, 32 + bit);
        std::swap(rows, spare);
    }
    return rows;
}

// Where each word's rows begin, and after the last where they end; the number of words.
int64_t find_words(const Row* rows, int64_t count, int32_t* touched, int64_t* begins) {
    int64_t words = 0;
    for (int64_t n = 0; n < count; ++n) {
        if (n > 0 && word_of(rows[n]) == word_of(rows[n - 1])) continue;
        touched[words] = word_of(rows[n]);
        begins[words++] = n;
    }
    begins[words] = count;
    return words;
}

// Which words each task has: whole ones with about ROWS_A_TASK rows together. Cut by sizes alone, never by threads.
int64_t cut(const int64_t* begins, int64_t words, int64_t* first_words) {
    int64_t tasks = 0;
    for (int64_t k = 0; k < words; ++k) {
        if (k == 0 || begins[k + 1] - begins[first_words[tasks - 1]] > ROWS_A_TASK) first_words[tasks++] = k;
    }
    first_words[tasks] = words;
    return tasks;
}

struct Sums {
    const Row* rows;
    const int64_t *begins, *first_words;
    int64_t features, stride;
    const float* gradient;
    float* d_rows;

    void make(int64_t task, int64_t feature) const {
        const int64_t width = std::min(FEATURES_A_TASK, features - feature);
        for (int64_t k = first_words[task]; k < first_words[task + 1]; ++k) {
            add(begins[k], begins[k + 1], feature, width, d_rows + k * features + feature);
        }
    }

    void add(int64_t begin, int64_t end, int64_t feature, int64_t width, float* out) const {
        float sum[FEATURES_A_TASK] = {};
        for (int64_t n = begin; n < end; ++n) {
            if (n + ROWS_AHEAD < end) fetch(gradient + number_of(rows[n + ROWS_AHEAD]) * stride + feature, width);
            const float* row = gradient + number_of(rows[n]) * stride + feature;
            for (int64_t f = 0; f < width; ++f) sum[f] += row[f];
        }
        std::memcpy(out, sum, static_cast<size_t>(width) * sizeof(float));
    }
};

gw_status sum_by_word(int64_t rows, int64_t features, int64_t vocabulary, const int32_t* ids, const float* gradient,
                      int64_t stride, int32_t* touched, int64_t* touched_count, float* d_rows) {
    const int64_t most_words = std::min(rows, vocabulary);
    Scratch<Row> one(rows), two(rows);
    Scratch<int64_t> begins(most_words + 1), first_words(most_words + 1);
    if (!one.data || !two.data || !begins.data || !first_words.data) return explain(GW_NO_MEMORY);
    const Row* sorted = sort_by_word(ids, rows, vocabulary, one.data, two.data);
    const int64_t words = find_words(sorted, rows, touched, begins.data);
    const int64_t tasks = cut(begins.data, words, first_words.data);
    const int64_t blocks = (features + FEATURES_A_TASK - 1) / FEATURES_A_TASK;
    const Sums sums = {sorted, begins.data, first_words.data, features, stride, gradient, d_rows};
    parallel_for(tasks * blocks, [&](int64_t task, int32_t) {
        sums.make(task / blocks, task % blocks * FEATURES_A_TASK);
    });
    *touched_count = words;
    return GW_OK;
}

}  // namespace
}  // namespace gw

using namespace gw;

gw_status gw_sum_by_word(int64_t rows, int64_t features, int64_t vocabulary, const int32_t* ids, const float* gradient,
                         int64_t stride, int32_t* touched, int64_t* touched_count, float* d_rows) {
    return guarded([&]() -> gw_status {
        GW_TRY(check_range("rows", rows, 0, MOST_WORDS));
        GW_TRY(check_range("features", features, 1, MOST_FEATURES));
        GW_TRY(check_range("vocabulary", vocabulary, 1, MOST_WORDS));
        GW_TRY(check_ids("ids", ids, rows, vocabulary));
        GW_TRY(check_matrix("gradient", gradient, rows, features, stride));
        GW_TRY(check_pointer("touched_count", touched_count));
        if (rows > 0) GW_TRY(check_pointer("touched", touched));
        if (rows > 0) GW_TRY(check_pointer("d_rows", d_rows));
        const HeldThreads held;
        return sum_by_word(rows, features, vocabulary, ids, gradient, stride, touched, touched_count, d_rows);
    });
}
