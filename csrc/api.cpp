// The C interface but for the LSTM: what is wrong with the arguments is found here, before a kernel sees them.
#include <cmath>

#include "checks.h"
#include "kernels.h"
#include "memory/arena.h"
#include "threads/held.h"
#include "threads/pool.h"

namespace gw {
namespace {

gw_status check_shape(const gw_sampled_softmax_args& args) {
    GW_TRY(check_range("rows", args.rows, 0, MOST_WORDS));
    GW_TRY(check_range("features", args.features, 1, MOST_FEATURES));
    GW_TRY(check_range("vocabulary", args.vocabulary, 1, MOST_WORDS));
    GW_TRY(check_range("negatives", args.negatives, 0, args.vocabulary));
    GW_TRY(check_precision(args.precision, kernels()->has_bf16));
    GW_TRY(check_bytes("weight", args.vocabulary, args.features));
    return check_bytes("the logits", args.rows, args.negatives + 1);
}

gw_status check_softmax(const gw_sampled_softmax_args& args) {
    GW_TRY(check_shape(args));
    GW_TRY(check_matrix("hidden", args.hidden, args.rows, args.features, args.hidden_stride));
    GW_TRY(check_pointer("weight", args.weight));
    GW_TRY(check_pointer("bias", args.bias));
    GW_TRY(check_ids("targets", args.targets, args.rows, args.vocabulary));
    GW_TRY(check_distinct("samples", args.samples, args.negatives, args.vocabulary));
    GW_TRY(check_pointer("loss", args.loss));
    if (!args.d_hidden) return GW_OK;
    if (!std::isfinite(args.scale)) return fail(GW_BAD_ARGUMENT, "scale is not a finite number");
    GW_TRY(check_pointer("touched", args.touched));
    GW_TRY(check_pointer("touched_count", args.touched_count));
    GW_TRY(check_pointer("d_weight", args.d_weight));
    return check_pointer("d_bias", args.d_bias);
}

// Also refuses NaN.
gw_status check_number(const char* name, float value, float least, float below) {
    if (value >= least && value < below) return GW_OK;
    return fail(GW_BAD_ARGUMENT, "%s is %g, not from %g to below %g", name, static_cast<double>(value),
                static_cast<double>(least), static_cast<double>(below));
}

gw_status check_settings(int64_t step, float rate, float beta1, float beta2, float epsilon, float decay) {
    constexpr float UNBOUNDED = HUGE_VALF;
    GW_TRY(check_range("step", step, 1, INT64_MAX));
    GW_TRY(check_number("rate", rate, 0.0f, UNBOUNDED));
    GW_TRY(check_number("beta1", beta1, 0.0f, 1.0f));
    GW_TRY(check_number("beta2", beta2, 0.0f, 1.0f));
    GW_TRY(check_number("epsilon", epsilon, 0.0f, UNBOUNDED));
    return check_number("decay", decay, 0.0f, UNBOUNDED);
}

}  // namespace
}  // namespace gw

using namespace gw;

int32_t gw_abi(void) { return GW_ABI; }
const char* gw_last_error(void) { return last_error(); }
const char* gw_isas(void) { return kernel_names(); }
const char* gw_isa(void) { return kernels()->name; }
int32_t gw_has_bf16(void) { return kernels()->has_bf16 ? 1 : 0; }
int32_t gw_threads(void) { return threads(); }

gw_status gw_use_isa(const char* name) {
    return guarded([&]() -> gw_status {
        GW_TRY(check_pointer("name", name));
        const Kernels* found = find_kernels(name);
        if (!found) {
            return fail(GW_UNSUPPORTED, "no kernels called \"%.32s\" can run here, only %s", name, kernel_names());
        }
        use_kernels(found);
        return GW_OK;
    });
}

gw_status gw_use_threads(int32_t count) {
    return guarded([&]() -> gw_status {
        GW_TRY(check_range("threads", count, 1, 1024));
        use_threads(count);
        return GW_OK;
    });
}

void* gw_take(int64_t bytes) { return take(bytes); }
void gw_give(void* block) { give(block); }
void gw_trim(void) { trim(); }
int64_t gw_idle_bytes(void) { return idle_bytes(); }

gw_status gw_sampled_softmax(const gw_sampled_softmax_args* args) {
    return guarded([&]() -> gw_status {
        GW_TRY(check_pointer("args", args));
        GW_TRY(check_softmax(*args));
        const HeldThreads held;
        return explain(kernels()->sampled_softmax(args));
    });
}

gw_status gw_lazy_adam(int64_t vocabulary, int64_t features, float* weight, float* m, float* v, const int32_t* touched,
                       int64_t count, const float* gradient, int64_t step, float rate, float beta1, float beta2,
                       float epsilon, float decay) {
    return guarded([&]() -> gw_status {
        GW_TRY(check_range("vocabulary", vocabulary, 1, MOST_WORDS));
        GW_TRY(check_range("features", features, 1, MOST_FEATURES));
        GW_TRY(check_bytes("weight", vocabulary, features));
        GW_TRY(check_distinct("touched", touched, count, vocabulary));
        GW_TRY(check_settings(step, rate, beta1, beta2, epsilon, decay));
        if (count == 0) return GW_OK;
        GW_TRY(check_pointer("weight", weight));
        GW_TRY(check_pointer("m", m));
        GW_TRY(check_pointer("v", v));
        GW_TRY(check_pointer("gradient", gradient));
        const HeldThreads held;
        kernels()->lazy_adam(features, weight, m, v, touched, count, gradient, step, rate, beta1, beta2, epsilon,
                             decay);
        return GW_OK;
    });
}
