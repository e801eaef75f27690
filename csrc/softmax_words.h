// The words of a call, rising and without repetition, and the rows that have each as their target.
#pragma once

#include "gatewise.h"
#include "memory/arena.h"
#include "simd/vec.h"

namespace gw::GW_ISA {
namespace {

// A set of words as one bit each. The place of a word among its members is the count of the bits before its own.
class WordSet {
public:
    explicit WordSet(int64_t vocabulary)
        : blocks_(ceil_div(vocabulary, 64)), bits_(max_of(1, blocks_)), before_(max_of(1, blocks_)) {}

    bool has_memory() const { return bits_.data && before_.data; }

    void clear() {
        for (int64_t b = 0; b < blocks_; ++b) bits_.data[b] = 0;
    }

    void add(const int32_t* words, int64_t count) {
        for (int64_t i = 0; i < count; ++i) bits_.data[words[i] / 64] |= uint64_t{1} << (words[i] % 64);
    }

    // To be called once after all words were added: writes them, rising, and returns how many they are.
    int64_t list(int32_t* words) {
        int64_t count = 0;
        for (int64_t b = 0; b < blocks_; ++b) {
            before_.data[b] = static_cast<int32_t>(count);
            for (uint64_t rest = bits_.data[b]; rest != 0; rest &= rest - 1) {
                words[count++] = static_cast<int32_t>(b * 64 + __builtin_ctzll(rest));
            }
        }
        return count;
    }

    int32_t place(int32_t word) const {
        const uint64_t earlier = bits_.data[word / 64] & ((uint64_t{1} << (word % 64)) - 1);
        return before_.data[word / 64] + __builtin_popcountll(earlier);
    }

private:
    int64_t blocks_;
    Scratch<uint64_t> bits_;
    Scratch<int32_t> before_;
};

// Which rows have which word as their target, and which sample is which word.
struct WordUse {
    Scratch<int32_t> sample;   // [words] number of the sample that is this word, or -1
    Scratch<int32_t> place;    // [N] place of the row's target among the words
    Scratch<int32_t> begins;   // [words + 1] where the word's rows begin in `rows`
    Scratch<int32_t> rows;     // [N] row numbers by word, rising within each
    Scratch<int32_t> samples;  // [S] place of each sample among the words

    explicit WordUse(const gw_sampled_softmax_args& args)
        : sample(most_words(args)), place(max_of(1, args.rows)), begins(most_words(args) + 2),
          rows(max_of(1, args.rows)), samples(max_of(1, args.negatives)) {}

    static int64_t most_words(const gw_sampled_softmax_args& args) {
        return max_of(1, min_of(args.vocabulary, args.rows + args.negatives));
    }

    bool has_memory() const { return sample.data && place.data && begins.data && rows.data && samples.data; }

    void find(const gw_sampled_softmax_args& args, const WordSet& words, int64_t count) {
        for (int64_t k = 0; k < count; ++k) sample.data[k] = -1;
        for (int64_t s = 0; s < args.negatives; ++s) {
            samples.data[s] = words.place(args.samples[s]);
            sample.data[samples.data[s]] = static_cast<int32_t>(s);
        }
        // Sorted by counting; shifted by one so that filling in ends with the right beginnings.
        for (int64_t k = 0; k < count + 2; ++k) begins.data[k] = 0;
        for (int64_t n = 0; n < args.rows; ++n) {
            place.data[n] = words.place(args.targets[n]);
            ++begins.data[place.data[n] + 2];
        }
        for (int64_t k = 0; k < count; ++k) begins.data[k + 2] += begins.data[k + 1];
        for (int64_t n = 0; n < args.rows; ++n) {
            rows.data[begins.data[place.data[n] + 1]++] = static_cast<int32_t>(n);
        }
    }
};

}  // namespace
}  // namespace gw::GW_ISA
