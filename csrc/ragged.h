// Ragged batches: where a step of a sequence lies, and which sequences are walked side by side.
#pragma once

#include <cstdint>

namespace gw {

// Sequences walked side by side: as many rows as keep a panel of weights busy while it is in the nearest cache.
constexpr int64_t LARGEST_GROUP = 24;

// Sequences by falling length, equal ones in their order, into order[sequences].
void longest_first(const int64_t* offsets, int64_t sequences, int64_t* order);

// Sequences a group should have, so that `threads` get work alike.
int64_t group_size(int64_t sequences, int32_t threads);

namespace {  // Internal, so that code compiled for one instruction set is never linked into another's.

struct Walk {
    const int64_t* offsets;
    bool is_reverse;

    int64_t length(int64_t sequence) const { return offsets[sequence + 1] - offsets[sequence]; }
    int64_t onward() const { return is_reverse ? -1 : 1; }
    int64_t row(int64_t sequence, int64_t step) const {
        return is_reverse ? offsets[sequence + 1] - 1 - step : offsets[sequence] + step;
    }
};

// Some sequences of a batch, longest first.
struct Group {
    const int64_t* sequences;
    int64_t count;
};

}  // namespace
}  // namespace gw
