// Rows summed by word, in the order of the rows, with the same bits for any number of threads.
#include <map>
#include <vector>

#include "check.h"
#include "gatewise.h"

namespace {

struct Sums {
    std::vector<int32_t> touched;
    std::vector<float> rows;

    bool operator==(const Sums& other) const { return touched == other.touched && rows == other.rows; }
};

struct Problem {
    int64_t rows, features, vocabulary, stride;
    std::vector<int32_t> ids;
    std::vector<float> gradient;

    // Few words make up most rows, as in a text.
    Problem(int64_t rows, int64_t features, int64_t vocabulary, int64_t stride)
        : rows(rows), features(features), vocabulary(vocabulary), stride(stride) {
        uint32_t seed = 7;
        const auto next = [&seed] { return (seed = seed * 1664525u + 1013904223u) >> 8; };
        for (int64_t n = 0; n < rows; ++n) {
            const auto word = static_cast<int64_t>(next());
            ids.push_back(static_cast<int32_t>(n % 3 ? word % 2 % vocabulary : word * 31 % vocabulary));
        }
        for (int64_t n = 0; n < rows * stride; ++n) gradient.push_back(static_cast<float>(next()) / 1e7f - 0.8f);
    }

    Sums native() const {
        const auto most = static_cast<size_t>(rows < vocabulary ? rows : vocabulary);
        const auto width = static_cast<size_t>(features);
        Sums sums{std::vector<int32_t>(most), std::vector<float>(most * width)};
        int64_t count = -1;
        CHECK(gw_sum_by_word(rows, features, vocabulary, ids.data(), gradient.data(), stride, sums.touched.data(),
                             &count, sums.rows.data()) == GW_OK);
        sums.touched.resize(static_cast<size_t>(count));
        sums.rows.resize(static_cast<size_t>(count) * width);
        return sums;
    }

    Sums naive() const {
        std::map<int32_t, std::vector<float>> by_word;
        for (int64_t n = 0; n < rows; ++n) {
            std::vector<float>& sum = by_word[ids[static_cast<size_t>(n)]];
            sum.resize(static_cast<size_t>(features));
            for (int64_t f = 0; f < features; ++f) {
                sum[static_cast<size_t>(f)] += gradient[static_cast<size_t>(n * stride + f)];
            }
        }
        Sums sums;
        for (const auto& [word, sum] : by_word) {
            sums.touched.push_back(word);
            sums.rows.insert(sums.rows.end(), sum.begin(), sum.end());
        }
        return sums;
    }
};

}  // namespace

int main() {
    const Problem problems[] = {{0, 3, 5, 3},          {1, 1, 1, 1},        {5, 3, 1, 4},
                                {1000, 100, 50, 100},  {3000, 65, 5000, 70}, {2000, 7, 2147483647, 7},
                                {700, 200, 9000000, 200}};
    for (const Problem& problem : problems) {
        const Sums expected = problem.naive();
        for (const int32_t threads : {1, 2, 4, 8}) {
            gw_use_threads(threads);
            CHECK(problem.native() == expected);
        }
    }
    gw_use_threads(1);
    gw_trim();
    return gw_test::finish();
}
