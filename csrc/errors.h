// What went wrong, for gw_last_error.
#pragma once

#include "gatewise.h"

#if defined(__GNUC__)
#define GW_LIKE_PRINTF __attribute__((format(printf, 2, 3)))
#else
#define GW_LIKE_PRINTF
#endif

// Leave the function with the status of `call` unless it is GW_OK.
#define GW_TRY(call)                                      \
    do {                                                  \
        if (const gw_status status_of_call = (call)) return status_of_call; \
    } while (0)

namespace gw {

// Note the message for this thread and return the status.
gw_status fail(gw_status status, const char* format, ...) GW_LIKE_PRINTF;

// Pass a status on from code that notes no message, with one that fits.
gw_status explain(gw_status status);

const char* last_error();

// Call body() for the C interface, which no exception may cross.
template <class Body>
gw_status guarded(const Body& body) {
    try {
        return body();
    } catch (...) {
        return fail(GW_NO_MEMORY, "the system refused memory or a lock");
    }
}

}  // namespace gw
