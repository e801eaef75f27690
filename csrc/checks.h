// Checks of arguments. Each returns GW_OK or notes what is wrong with the argument called `name`.
#pragma once

#include "errors.h"

namespace gw {

constexpr int64_t MOST_FEATURES = int64_t{1} << 20;
constexpr int64_t MOST_WORDS = INT32_MAX;  // ids are int32
constexpr int64_t MOST_BYTES_OF_ARRAY = int64_t{1} << 46;

gw_status check_pointer(const char* name, const void* pointer);
gw_status check_range(const char* name, int64_t value, int64_t least, int64_t most);
gw_status check_flag(const char* name, int32_t value);
gw_status check_precision(const gw_precision& precision, bool has_bf16);

// Whether rows * columns elements of `size` bytes are an array that a machine can have.
gw_status check_bytes(const char* name, int64_t rows, int64_t columns, int64_t size = 4);

// A matrix of rows that lie `stride` floats apart. Without rows the pointer may be null.
gw_status check_matrix(const char* name, const float* matrix, int64_t rows, int64_t columns, int64_t stride);

// From 0, never falling, `sequences` + 1 of them.
gw_status check_offsets(int64_t sequences, const int64_t* offsets);

// Each from 0 to vocabulary - 1.
gw_status check_ids(const char* name, const int32_t* ids, int64_t count, int64_t vocabulary);

// The same, and no two alike.
gw_status check_distinct(const char* name, const int32_t* ids, int64_t count, int64_t vocabulary);

}  // namespace gw
