#include "checks.h"

#include <cinttypes>
#include <cstring>

#include "memory/arena.h"

namespace gw {

gw_status check_pointer(const char* name, const void* pointer) {
    return pointer ? GW_OK : fail(GW_BAD_ARGUMENT, "%s is NULL", name);
}

gw_status check_range(const char* name, int64_t value, int64_t least, int64_t most) {
    if (value >= least && value <= most) return GW_OK;
    return fail(GW_BAD_ARGUMENT, "%s is %" PRId64 ", not from %" PRId64 " to %" PRId64, name, value, least, most);
}

gw_status check_flag(const char* name, int32_t value) { return check_range(name, value, 0, 1); }

// A caller in C may pass any number, but C++ may only look at an enumeration that holds one of its own.
gw_status check_precision(const gw_precision& precision, bool has_bf16) {
    int value;
    static_assert(sizeof value == sizeof precision, "as C compilers make it");
    std::memcpy(&value, &precision, sizeof value);
    if (value == GW_FP32 || (value == GW_BF16 && has_bf16)) return GW_OK;
    if (value == GW_BF16) return fail(GW_UNSUPPORTED, "precision GW_BF16 needs the avx512bf16 kernels");
    return fail(GW_BAD_ARGUMENT, "precision is %d, neither GW_FP32 nor GW_BF16", value);
}

// rows and columns are not negative.
gw_status check_bytes(const char* name, int64_t rows, int64_t columns, int64_t size) {
    if (rows == 0 || columns <= MOST_BYTES_OF_ARRAY / size / rows) return GW_OK;
    return fail(GW_BAD_ARGUMENT, "%s would have %" PRId64 " x %" PRId64 " elements, more than memory can hold", name,
                rows, columns);
}

gw_status check_matrix(const char* name, const float* matrix, int64_t rows, int64_t columns, int64_t stride) {
    if (rows == 0) return GW_OK;
    GW_TRY(check_pointer(name, matrix));
    if (rows > 1 && stride < columns) {
        return fail(GW_BAD_ARGUMENT, "%s_stride is %" PRId64 ", less than a row of %" PRId64, name, stride, columns);
    }
    GW_TRY(check_bytes(name, rows, columns));
    return rows > 1 ? check_bytes(name, rows, stride) : GW_OK;
}

gw_status check_offsets(int64_t sequences, const int64_t* offsets) {
    GW_TRY(check_range("sequences", sequences, 0, MOST_BYTES_OF_ARRAY / 8));
    GW_TRY(check_pointer("offsets", offsets));
    if (offsets[0] != 0) return fail(GW_BAD_ARGUMENT, "offsets[0] is %" PRId64 ", not 0", offsets[0]);
    for (int64_t b = 0; b < sequences; ++b) {
        if (offsets[b + 1] < offsets[b]) {
            return fail(GW_BAD_ARGUMENT, "offsets[%" PRId64 "] is %" PRId64 ", less than the one before, %" PRId64,
                        b + 1, offsets[b + 1], offsets[b]);
        }
    }
    return GW_OK;
}

gw_status check_ids(const char* name, const int32_t* ids, int64_t count, int64_t vocabulary) {
    GW_TRY(check_bytes(name, count, 1));
    if (count > 0) GW_TRY(check_pointer(name, ids));
    for (int64_t n = 0; n < count; ++n) {
        if (ids[n] < 0 || ids[n] >= vocabulary) {
            return fail(GW_BAD_ARGUMENT, "%s[%" PRId64 "] is %" PRId32 ", not from 0 to %" PRId64, name, n, ids[n],
                        vocabulary - 1);
        }
    }
    return GW_OK;
}

gw_status check_distinct(const char* name, const int32_t* ids, int64_t count, int64_t vocabulary) {
    GW_TRY(check_range(name, count, 0, vocabulary));
    GW_TRY(check_ids(name, ids, count, vocabulary));
    int64_t rising = 1;
    while (rising < count && ids[rising - 1] < ids[rising]) ++rising;
    if (rising >= count) return GW_OK;  // as they mostly come, which needs no set

    const int64_t words = (vocabulary + 63) / 64;
    Scratch<uint64_t> seen(words);
    if (!seen.data) return explain(GW_NO_MEMORY);
    std::memset(seen.data, 0, static_cast<size_t>(words) * sizeof(uint64_t));
    for (int64_t n = 0; n < count; ++n) {
        uint64_t& word = seen.data[ids[n] / 64];
        const uint64_t bit = uint64_t{1} << (ids[n] % 64);
        if (word & bit) return fail(GW_BAD_ARGUMENT, "%s[%" PRId64 "] is %" PRId32 " a second time", name, n, ids[n]);
        word |= bit;
    }
    return GW_OK;
}

}  // namespace gw
