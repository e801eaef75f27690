// A row's flag says whether it may be read. Readers that find it FILLED see the row, because the flag was set after it;
// all others line up at the lock. One lock serves all tables: rows are made rarely, and a fork must find it open.
#include "word_table.h"

#include <atomic>
#include <mutex>
#include <new>

#include "errors.h"
#include "memory/arena.h"
#include "memory/pages.h"
#include "threads/fork.h"

namespace gw {
namespace {

using Flag = std::atomic<uint8_t>;
enum : uint8_t { EMPTY = 0, BEING_FILLED = 1, FILLED = 2 };  // EMPTY is what pages from the system hold

// Never destroyed: other threads may use it while the process ends.
std::mutex& filling() {
    static std::mutex* const only = new std::mutex;
    return *only;
}

// Knows its size by itself: a table may be freed after its lstm by a caller that is itself being taken down.
struct OwnTable : gw_lstm_table {
    int64_t bytes;
};

Flag* flags(const gw_lstm_table* table) { return static_cast<Flag*>(table->is_filled); }

int64_t rows_bytes(const gw_lstm* lstm, int64_t vocabulary) {
    return vocabulary * lstm->gates_width * static_cast<int64_t>(sizeof(float));
}

int64_t first_without_row(const gw_lstm_table* table, const int32_t* ids, int64_t count) {
    const Flag* flag = flags(table);
    int64_t n = 0;
    while (n < count && flag[ids[n]].load(std::memory_order_acquire) == FILLED) ++n;
    return n;
}

void set_flags(gw_lstm_table* table, const int32_t* words, int64_t count, uint8_t value) {
    for (int64_t k = 0; k < count; ++k) flags(table)[words[k]].store(value, std::memory_order_release);
}

// Words without a row, each once. The lock is held.
int64_t collect(gw_lstm_table* table, const int32_t* ids, int64_t count, int32_t* words) {
    int64_t found = 0;
    for (int64_t n = 0; n < count; ++n) {
        Flag& flag = flags(table)[ids[n]];
        if (flag.load(std::memory_order_relaxed) != EMPTY) continue;
        flag.store(BEING_FILLED, std::memory_order_relaxed);
        words[found++] = ids[n];
    }
    return found;
}

}  // namespace

int64_t table_bytes(const gw_lstm* lstm, int64_t vocabulary) {
    return static_cast<int64_t>(sizeof(OwnTable)) + vocabulary + rows_bytes(lstm, vocabulary);
}

gw_lstm_table* make_table(const gw_lstm* lstm, const float* embedding, int64_t vocabulary) {
    OwnTable* table = new (std::nothrow) OwnTable{};
    if (!table) return nullptr;
    table->bytes = rows_bytes(lstm, vocabulary);
    table->lstm = lstm, table->embedding = embedding, table->vocabulary = vocabulary;
    table->rows = static_cast<float*>(map_pages(table->bytes, Pages::AS_TOUCHED));
    table->is_filled = map_pages(vocabulary, Pages::AS_TOUCHED);
    table->lock = &filling();
    if (table->rows && table->is_filled) return table;
    free_table(table);
    return nullptr;
}

void free_table(gw_lstm_table* table) {
    if (!table) return;
    OwnTable* own = static_cast<OwnTable*>(table);
    unmap_pages(own->rows, own->bytes);
    unmap_pages(own->is_filled, own->vocabulary);
    delete own;
}

gw_status fill_rows(gw_lstm_table* table, const int32_t* ids, int64_t count) {
    const int64_t first = first_without_row(table, ids, count);
    if (first == count) return GW_OK;
    ids += first, count -= first;
    Scratch<int32_t> words(count < table->vocabulary ? count : table->vocabulary);
    if (!words.data) return GW_NO_MEMORY;

    std::lock_guard<std::mutex> lock(*static_cast<std::mutex*>(table->lock));
    const int64_t found = collect(table, ids, count, words.data);
    if (found == 0) return GW_OK;
    const gw_lstm* lstm = table->lstm;
    const gw_status status = lstm->kernels->lstm_fill(lstm, table->embedding, words.data, found, table->rows);
    set_flags(table, words.data, found, status == GW_OK ? FILLED : EMPTY);
    return status;
}

void lock_tables() { filling().lock(); }
void unlock_tables() { filling().unlock(); }

}  // namespace gw
