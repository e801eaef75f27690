// A child made while other threads are in the middle of everything can use the library, and ends.
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <ctime>
#include <thread>
#include <vector>

#include "check.h"
#include "gatewise.h"
#include "threads/pool.h"

namespace {

constexpr int FORKS = 100;
constexpr int PATIENCE_SECONDS = 20;

bool pool_and_memory_work() {
    std::atomic<int> runs{0};
    gw::parallel_for(100, [&](int64_t, int32_t) {
        void* block = gw_take(1000);
        if (block) ++runs;
        gw_give(block);
    });
    return runs == 100;
}

// Whether two tasks are ever inside at the same time. Each waits for the other, but not for ever.
bool workers_help() {
    std::atomic<int> inside{0};
    std::atomic<bool> met{false};
    const std::time_t end = std::time(nullptr) + PATIENCE_SECONDS / 2;
    gw::parallel_for(2, [&](int64_t, int32_t) {
        if (++inside == 2) met = true;
        while (!met && std::time(nullptr) < end) std::this_thread::yield();
        --inside;
    });
    return met;
}

struct Net {
    static constexpr int64_t I = 8, H = 8, V = 5000;
    std::vector<float> weights = std::vector<float>(4 * H * I, 0.01f), embedding = std::vector<float>(V * I, 0.5f);
    gw_lstm* lstm = nullptr;

    Net() {
        CHECK(gw_lstm_create(I, H, weights.data(), weights.data(), nullptr, nullptr, GW_FP32, 0, &lstm) == GW_OK);
    }
    ~Net() { gw_lstm_free(lstm); }

    // Makes a table and fills it, so that its lock is held most of the time.
    bool fill() const {
        gw_lstm_table* table = nullptr;
        if (gw_lstm_table_create(lstm, embedding.data(), V, &table) != GW_OK) return false;
        std::vector<int32_t> ids(V);
        for (int32_t n = 0; n < V; ++n) ids[static_cast<size_t>(n)] = n;
        const int64_t offsets[] = {0, V};
        gw_lstm_forward_args args = {};
        args.sequences = 1, args.offsets = offsets, args.ids = ids.data(), args.table = table;
        const bool works = gw_lstm_forward(lstm, &args) == GW_OK;
        gw_lstm_table_free(table);
        return works;
    }
};

// Whether the child ends well, and in time; a child that hangs is killed by its alarm.
bool child_works(const Net& net) {
    const pid_t child = fork();
    if (child == 0) {
        alarm(PATIENCE_SECONDS);
#if defined(GW_THREAD_SANITIZER)
        gw_use_threads(1);  // this sanitizer cannot follow threads that a child starts
        const bool works = pool_and_memory_work() && net.fill();
#else
        const bool works = pool_and_memory_work() && net.fill() && workers_help();
#endif
        _exit(works ? 0 : 1);
    }
    int status = 0;
    return child > 0 && waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

bool grandchild_works(const Net& net) {
    const pid_t child = fork();
    if (child == 0) _exit(child_works(net) && child_works(net) ? 0 : 1);
    int status = 0;
    return child > 0 && waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

// GCC's address sanitizer leaves its allocator's lock as it is in a child: if another thread was allocating, the child
// waits for ever, whatever program it is. So under it no thread is busy, and those of the pool have begun their work.
#if defined(GW_ADDRESS_SANITIZER)
constexpr int THREADS = 2, BUSY_WITH_POOL = 0, BUSY_WITH_NET = 0;
#else
constexpr int THREADS = 4, BUSY_WITH_POOL = 2, BUSY_WITH_NET = 1;
#endif

void test_forks_while_other_threads_are_busy() {
    gw_use_threads(THREADS);
    const Net net;
    std::atomic<bool> stop{false}, all{true};
    std::vector<std::thread> busy;
    CHECK(workers_help());
    for (int i = 0; i < BUSY_WITH_POOL; ++i) {
        busy.emplace_back([&] {
            while (!stop) {
                if (!pool_and_memory_work()) all = false;
            }
        });
    }
    for (int i = 0; i < BUSY_WITH_NET; ++i) {
        busy.emplace_back([&] {
            while (!stop) {
                if (!net.fill()) all = false;
            }
        });
    }
    int good = 0;
    for (int i = 0; i < FORKS; ++i) good += child_works(net);
    CHECK(good == FORKS);
    CHECK(grandchild_works(net));
    stop = true;
    for (std::thread& thread : busy) thread.join();
    CHECK(all);
    CHECK(pool_and_memory_work());
}

}  // namespace

int main() {
    test_forks_while_other_threads_are_busy();
    gw_use_threads(1);
    return gw_test::finish();
}
