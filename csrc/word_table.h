// Tables of projected embeddings, filled in as words are met.
#pragma once

#include "kernels.h"

namespace gw {

int64_t table_bytes(const gw_lstm* lstm, int64_t vocabulary);

// nullptr when there is no memory.
gw_lstm_table* make_table(const gw_lstm* lstm, const float* embedding, int64_t vocabulary);
void free_table(gw_lstm_table* table);

// Fill in the rows of those `ids` that have none yet. Returns when every id has its row, whoever made it.
gw_status fill_rows(gw_lstm_table* table, const int32_t* ids, int64_t count);

}  // namespace gw
