// The functions of one instruction set, as kernels_NAME.
#include "simd/exports.h"

#define GW_JOIN_TWO(a, b) a##b
#define GW_JOIN(a, b) GW_JOIN_TWO(a, b)
#define GW_TEXT_OF(a) #a
#define GW_TEXT(a) GW_TEXT_OF(a)

namespace gw {

extern const Kernels GW_JOIN(kernels_, GW_ISA);

const Kernels GW_JOIN(kernels_, GW_ISA) = {
    GW_TEXT(GW_ISA),
#if defined(__AVX512BF16__)
    true,
#else
    false,
#endif
    GW_ISA::lstm_create,
    GW_ISA::lstm_forward,
    GW_ISA::lstm_backward,
    GW_ISA::lstm_fill,
    GW_ISA::sampled_softmax,
    GW_ISA::qrnn_forward,
    GW_ISA::qrnn_backward,
    GW_ISA::lazy_adam,
};

}  // namespace gw
