// Sampled softmax: the loss of a language model and its gradients, with a few words of the vocabulary as negatives.
//
//   z_n(w) = h_n W_w + b_w - log q_w                                                            (1)
//   L = sum over n of log(e^z_n(t_n) + sum over samples s other than t_n of e^z_n(s)) - z_n(t_n)    (2)
//   p_n(w) = e^(z_n(w) - c_n) / Z_n,  Z_n the sum of these over t_n and its samples                 (3)
//   dL/dh_n = sum over s of p_n(s) W_s + (p_n(t_n) - 1) W_t                                     (4)
//   dL/dW_s = sum over n of p_n(s) h_n,  and where s is the target of n, + (p_n(t_n) - 1) h_n       (5)
//
// q_w is the expected count of w among the samples. Bengio and Senecal (2008), IEEE Transactions on Neural Networks
// 19(4); with samples shared by the rows and no others in the sum, Jean et al. (2015), arXiv 1412.2007, section 3.
//
// c_n, of no consequence but for the range of floats, is the target's logit, known before the others: so one pass over
// the samples makes (1), the odds e^(z - c) and the sum in (4) while all is in the caches. Only where a logit is far
// above the target's are the rows of a task made again with c_n the greatest. Neither odds nor sums are divided by Z_n
// element by element: (4) is divided at the end, and h_n before it enters (5). Odds are kept for (5), as much as
// WAVE_BYTES at a time.
#include "softmax_rows.h"
#include "softmax_samples.h"
#include "softmax_weights.h"
#include "softmax_words.h"

#include "simd/exports.h"
#include "threads/pool.h"

namespace gw::GW_ISA {
namespace {

constexpr int64_t WAVE_BYTES = int64_t{64} << 20;
constexpr int64_t WORDS_A_TASK = 64;

gw_status first_failure(const Scratch<gw_status>& status, int64_t count) {
    for (int64_t i = 0; i < count; ++i) {
        if (status.data[i] != GW_OK) return status.data[i];
    }
    return GW_OK;
}

// One call, once its words are known.
template <class P>
class Call {
public:
    Call(const gw_sampled_softmax_args& args, const WordUse& use, int64_t words)
        : args_(args), use_(use), words_(words), wants_gradients_(args.d_hidden != nullptr), samples_(args),
          loss_(max_of(1, args.rows)), target_factor_(max_of(1, args.rows)),
          panel_sums_(wants_gradients_ ? panels() * sums_of_panel() + 1 : 1), status_(most_tasks()),
          results_{loss_.data, target_factor_.data} {}

    gw_status run() {
        if (!samples_.has_memory() || !loss_.data || !target_factor_.data || !panel_sums_.data || !status_.data) {
            return GW_NO_MEMORY;
        }
        const gw_status packed = samples_.pack();
        if (packed != GW_OK) return packed;
        const gw_status status = wants_gradients_ ? all_waves() : rows(nullptr, 0, args_.rows);
        if (status != GW_OK) return status;
        double loss = 0.0;
        for (int64_t n = 0; n < args_.rows; ++n) loss += loss_.data[n];
        *args_.loss = loss;
        return GW_OK;
    }

private:
    using E = typename P::Element;

    int64_t panels() const { return ceil_div(args_.negatives, WIDE); }
    int64_t sums_of_panel() const { return (args_.features + 1) * WIDE; }
    int64_t most_tasks() const { return ceil_div(args_.rows, ROWS_A_TASK) + 1; }

    gw_status rows(const Wave<P>* wave, int64_t begin, int64_t end) {
        const int64_t tasks = ceil_div(end - begin, ROWS_A_TASK);
        parallel_for(tasks, [&](int64_t task, int32_t) {
            const int64_t first = begin + task * ROWS_A_TASK;
            RowBlock<P> block(args_, samples_, use_, wave, first, min_of(ROWS_A_TASK, end - first), results_);
            status_.data[task] = block.has_memory() ? GW_OK : GW_NO_MEMORY;
            if (block.has_memory()) block.run();
        });
        return first_failure(status_, tasks);
    }

    // Waves of nearly equal size, whole chunks each, so that none is left with few tasks for many threads.
    int64_t rows_of_wave() const {
        const int64_t row_bytes = max_of(1, samples_.width * static_cast<int64_t>(sizeof(E)));
        const int64_t affordable = max_of(1, WAVE_BYTES / row_bytes / ROWS_A_CHUNK);
        const int64_t chunks = ceil_div(args_.rows, ROWS_A_CHUNK), waves = max_of(1, ceil_div(chunks, affordable));
        return ceil_div(chunks, waves) * ROWS_A_CHUNK;
    }

    gw_status all_waves() {
        const int64_t most = rows_of_wave();
        const int64_t strips = Wave<P>::strips_of(args_.features);
        Scratch<E> odds(max_of(1, most * samples_.width)), hidden(max_of(1, most * strips * TILE_ROWS));
        if (!odds.data || !hidden.data) return GW_NO_MEMORY;
        int64_t begin = 0;
        do {
            const int64_t count = min_of(most, args_.rows - begin);
            const Wave<P> wave{begin, count, strips, odds.data, hidden.data};
            const gw_status status = rows(&wave, begin, begin + count);
            if (status != GW_OK) return status;
            weights(wave, begin == 0, begin + count == args_.rows);
            begin += count;
        } while (begin < args_.rows);
        parallel_for(ceil_div(words_, WORDS_A_TASK), [&](int64_t task, int32_t) {
            const int64_t first = task * WORDS_A_TASK;
            add_targets(args_, use_, target_factor_.data, first, min_of(words_, first + WORDS_A_TASK));
        });
        return GW_OK;
    }

    void weights(const Wave<P>& wave, bool is_first, bool is_last) {
        parallel_for(panels(), [&](int64_t panel, int32_t) {
            float* sums = panel_sums_.data + panel * sums_of_panel();
            const int64_t first = panel * WIDE, vectors = min_of(PANEL, (samples_.width - first) / LANES);
            for (int64_t i = 0; is_first && i < sums_of_panel(); i += LANES) store(sums + i, zero());
            add_wave(wave, first, vectors, args_.features, sums);
            if (is_last) put_columns(args_, use_, sums, first, min_of(WIDE, args_.negatives - first));
        });
    }

    const gw_sampled_softmax_args& args_;
    const WordUse& use_;
    const int64_t words_;
    const bool wants_gradients_;
    Samples<P> samples_;
    Scratch<double> loss_;
    Scratch<float> target_factor_, panel_sums_;
    Scratch<gw_status> status_;
    const RowResults results_;
};

template <class P>
gw_status run(const gw_sampled_softmax_args& args) {
    WordSet words(args.vocabulary);
    WordUse use(args);
    Scratch<int32_t> listed(args.d_hidden ? 1 : WordUse::most_words(args));
    if (!words.has_memory() || !use.has_memory() || !listed.data) return GW_NO_MEMORY;
    words.clear();
    words.add(args.samples, args.negatives);
    words.add(args.targets, args.rows);
    const int64_t count = words.list(args.d_hidden ? args.touched : listed.data);
    use.find(args, words, count);
    if (args.d_hidden) *args.touched_count = count;
    return Call<P>(args, use, count).run();
}

}  // namespace

gw_status sampled_softmax(const gw_sampled_softmax_args* args) {
#if defined(__AVX512BF16__)
    if (args->precision == GW_BF16) return run<Bf16>(*args);
#endif
    return run<Fp32>(*args);
}

}  // namespace gw::GW_ISA
