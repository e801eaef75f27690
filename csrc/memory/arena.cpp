// A block is a header of 64 bytes and what its holder sees. Sizes come in eight steps to the power of two, so that
// batches of nearly the same size use the same blocks. A block that waits is on the shelf of its size, the latest in
// front because the caches may still have it, and in the line of all by age, from the end of which blocks leave when
// too much waits.
#include "arena.h"

#include <cstdio>
#include <cstdlib>
#include <mutex>

#include "../threads/fork.h"
#include "pages.h"

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define GW_ADDRESS_SANITIZER
#endif
#elif defined(__SANITIZE_ADDRESS__)
#define GW_ADDRESS_SANITIZER
#endif
#if defined(GW_ADDRESS_SANITIZER)
#include <sanitizer/asan_interface.h>
#else
#define ASAN_POISON_MEMORY_REGION(start, bytes) (static_cast<void>(start), static_cast<void>(bytes))
#define ASAN_UNPOISON_MEMORY_REGION(start, bytes) (static_cast<void>(start), static_cast<void>(bytes))
#endif

namespace gw {
namespace {

constexpr int64_t MOST_BYTES = int64_t{1} << 46;  // more than any machine has: a size computed wrongly
constexpr int64_t MOST_IDLE = int64_t{1} << 30;
constexpr int64_t MAPPED_FROM = int64_t{4} << 20;  // larger blocks come straight from the system
constexpr int SHELVES = 8 * (46 - 8) + 9;
constexpr int FITTING = 4;  // steps by which a block may be larger than asked for: up to 1.6 times
constexpr uint64_t HELD = 0x67772d68656c6421, WAITING = 0x67772d6964656c21;  // unlikely by chance

struct alignas(64) Block {
    int64_t bytes;  // with this header
    uint64_t state;
    Block *newer, *older;            // in the line of all
    Block *shelf_newer, *shelf_older;  // on the shelf

    char* contents() { return reinterpret_cast<char*>(this + 1); }
    int64_t room() const { return bytes - static_cast<int64_t>(sizeof(Block)); }
};
static_assert(sizeof(Block) == 64, "contents are aligned to 64");

// Sizes up to 512 are multiples of 64, larger ones of an eighth of the power of two below.
struct Size {
    int64_t bytes;
    int shelf;

    explicit Size(int64_t asked) {
        int octave = 9;
        while ((asked >> octave) > 1) ++octave;
        const int64_t step = int64_t{1} << (octave - 3);
        const int64_t steps = asked <= 512 ? (asked + 63) / 64 : (asked + step - 1) / step;
        bytes = steps * (asked <= 512 ? 64 : step);
        shelf = static_cast<int>(asked <= 512 ? steps : 8 * (octave - 8) + steps - 8);
    }
};

class Arena {
public:
    Block* find(int shelf);
    Block* add(Block* block);  // returns blocks to be given to the system, linked by `older`
    Block* remove_all();
    int64_t idle_bytes() const { return idle_; }

    std::mutex mutex;

private:
    void remove(Block* block);

    Block* shelves_[SHELVES] = {};
    Block *newest_ = nullptr, *oldest_ = nullptr;
    int64_t idle_ = 0;
};

Block* Arena::find(int shelf) {
    for (int i = shelf; i <= shelf + FITTING && i < SHELVES; ++i) {
        if (Block* block = shelves_[i]) {
            remove(block);
            return block;
        }
    }
    return nullptr;
}

Block* Arena::add(Block* block) {
    Block*& front = shelves_[Size(block->bytes).shelf];
    block->shelf_newer = nullptr, block->shelf_older = front;
    if (front) front->shelf_newer = block;
    front = block;
    block->newer = nullptr, block->older = newest_;
    (newest_ ? newest_->newer : oldest_) = block;
    newest_ = block;
    idle_ += block->bytes;

    Block* leaving = nullptr;
    while (idle_ > MOST_IDLE) {
        Block* last = oldest_;
        remove(last);
        last->older = leaving;
        leaving = last;
    }
    return leaving;
}

void Arena::remove(Block* block) {
    if (block->shelf_older) block->shelf_older->shelf_newer = block->shelf_newer;
    (block->shelf_newer ? block->shelf_newer->shelf_older : shelves_[Size(block->bytes).shelf]) = block->shelf_older;
    (block->older ? block->older->newer : oldest_) = block->newer;
    (block->newer ? block->newer->older : newest_) = block->older;
    idle_ -= block->bytes;
}

Block* Arena::remove_all() {
    Block* all = newest_;
    newest_ = oldest_ = nullptr;
    for (Block*& front : shelves_) front = nullptr;
    idle_ = 0;
    return all;
}

// Never destroyed: other threads may use it while the process ends.
Arena& arena() {
    static Arena* const only = new Arena;
    return *only;
}

void* allocate(int64_t bytes) {
    if (bytes >= MAPPED_FROM) return map_pages(bytes, Pages::LARGE);
#if defined(_WIN32)
    return _aligned_malloc(static_cast<size_t>(bytes), 64);
#else
    void* start = nullptr;
    return posix_memalign(&start, 64, static_cast<size_t>(bytes)) == 0 ? start : nullptr;
#endif
}

void deallocate(Block* block) {
    ASAN_UNPOISON_MEMORY_REGION(block->contents(), static_cast<size_t>(block->room()));
    if (block->bytes >= MAPPED_FROM) return unmap_pages(block, block->bytes);
#if defined(_WIN32)
    _aligned_free(block);
#else
    std::free(block);
#endif
}

void deallocate_all(Block* block) {
    while (block) {
        Block* next = block->older;
        deallocate(block);
        block = next;
    }
}

Block* make(int64_t bytes) {
    void* start = allocate(bytes);
    if (!start) {
        trim();
        start = allocate(bytes);
    }
    if (!start) return nullptr;
    Block* block = static_cast<Block*>(start);
    block->bytes = bytes;
    return block;
}

}  // namespace

void* take(int64_t bytes) {
    if (bytes < 0 || bytes > MOST_BYTES - static_cast<int64_t>(sizeof(Block))) return nullptr;
    const Size size(bytes + static_cast<int64_t>(sizeof(Block)));
    Block* block;
    {
        std::lock_guard<std::mutex> lock(arena().mutex);
        block = arena().find(size.shelf);
    }
    if (!block) block = make(size.bytes);
    if (!block) return nullptr;
    block->state = HELD;
    ASAN_POISON_MEMORY_REGION(block->contents(), static_cast<size_t>(block->room()));
    ASAN_UNPOISON_MEMORY_REGION(block->contents(), static_cast<size_t>(bytes));
    return block->contents();
}

void give(void* contents) {
    if (!contents) return;
    Block* block = static_cast<Block*>(contents) - 1;
    if (block->state != HELD) {  // to go on would hand the same memory to two holders
        std::fputs("gatewise: a block was given back twice, or was never taken\n", stderr);
        std::abort();
    }
    block->state = WAITING;
    ASAN_POISON_MEMORY_REGION(contents, static_cast<size_t>(block->room()));
    Block* leaving;
    {
        std::lock_guard<std::mutex> lock(arena().mutex);
        leaving = arena().add(block);
    }
    deallocate_all(leaving);
}

void trim() {
    Block* all;
    {
        std::lock_guard<std::mutex> lock(arena().mutex);
        all = arena().remove_all();
    }
    deallocate_all(all);
}

int64_t idle_bytes() {
    std::lock_guard<std::mutex> lock(arena().mutex);
    return arena().idle_bytes();
}

void lock_memory() { arena().mutex.lock(); }
void unlock_memory() { arena().mutex.unlock(); }

}  // namespace gw
