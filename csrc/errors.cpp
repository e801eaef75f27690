#include "errors.h"

#include <cstdarg>
#include <cstdio>

namespace gw {
namespace {

thread_local char message[512];  // a plain array: nothing to construct, to destroy or to run out of

}  // namespace

gw_status fail(gw_status status, const char* format, ...) {
    va_list values;
    va_start(values, format);
    std::vsnprintf(message, sizeof message, format, values);
    va_end(values);
    return status;
}

gw_status explain(gw_status status) {
    switch (status) {
        case GW_OK: return status;
        case GW_NO_MEMORY: return fail(status, "no memory for the workspace");
        case GW_BAD_ARGUMENT: return fail(status, "the kernel refuses these arguments");
        default: return fail(status, "these kernels cannot do this");
    }
}

const char* last_error() { return message; }

}  // namespace gw
