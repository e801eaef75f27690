// The pool. A caller puts a job on the table with a number of seats, works itself, and when no task is left takes the
// empty seats away: it waits for workers that began, never for one that the system has not woken yet.
//
// Workers are detached and the pool is never destroyed. A process may end at any time without waiting for them, and
// nothing is joined while it ends; the linker keeps the library loaded (-z nodelete) because their code is in it.
#include "pool.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <new>
#include <thread>

#include "float_mode.h"
#include "fork.h"
#include "held.h"
#include "processors.h"

#if !defined(_WIN32)
#include <pthread.h>
#include <signal.h>
#endif

namespace gw {
namespace {

using Clock = std::chrono::steady_clock;

constexpr auto SPIN = std::chrono::microseconds(3);  // less than it costs to fall asleep and be woken
constexpr auto RETRY = std::chrono::seconds(1);      // after the system refused a thread

std::atomic<int32_t> chosen{0};  // threads a call may use; 0 until somebody asks
thread_local int32_t held = 0;   // what HeldThreads keeps; 0 for nothing

struct Job {
    Task task;
    const void* context;
    int64_t count;
};

// Signals are for the host's threads; those that a fault in this thread raises must still reach their handlers.
class SignalsBlocked {
public:
#if defined(_WIN32)
    SignalsBlocked() {}
#else
    SignalsBlocked() {
        sigset_t all;
        sigfillset(&all);
        for (const int fault : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGABRT}) sigdelset(&all, fault);
        pthread_sigmask(SIG_SETMASK, &all, &before_);
    }
    ~SignalsBlocked() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }

private:
    sigset_t before_;
#endif
};

void relax() {
#if defined(__SSE2__) || defined(_M_X64)
    _mm_pause();
#elif defined(__aarch64__) && (defined(__GNUC__) || defined(__clang__))
    __asm__ volatile("isb");
#endif
}

// Look a few microseconds whether something happens at once; not where threads compete for processors, as then it
// happens only when this thread makes room.
template <class Condition>
void spin_until(const Condition& condition) {
    if (chosen.load(std::memory_order_relaxed) > processors()) return;
    const auto end = Clock::now() + SPIN;
    while (!condition() && Clock::now() < end) {
        for (int i = 0; i < 8; ++i) relax();
    }
}

class Pool {
public:
    // Whether the pool is now the calling thread's, until it calls release.
    bool claim() { return !claimed_.exchange(true, std::memory_order_acquire); }
    void release() { claimed_.store(false, std::memory_order_release); }

    void run(const Job& job, int32_t most);
    void dismiss_surplus();

    Pool* lost = nullptr;  // the pool of the parent process, kept reachable for leak checkers

private:
    void wake(int32_t seats, bool everybody);
    void hire(int32_t wanted);
    void live() noexcept;
    void work(const Job& job, int32_t worker) noexcept;

    alignas(64) std::atomic<int64_t> next_{0};
    alignas(64) std::atomic<bool> claimed_{false};
    std::atomic<int32_t> seats_{0};  // written with mutex_ held, as all below
    std::atomic<int32_t> working_{0};
    alignas(64) std::mutex mutex_;
    std::condition_variable wake_, done_;
    Job job_{};
    int32_t hired_ = 0;
    Clock::time_point hire_after_{};
};

void Pool::run(const Job& job, int32_t most) {
    int32_t seats;
    bool everybody;
    {
        std::lock_guard<std::mutex> lock(mutex_);
        hire(most - 1);
        seats = std::min(hired_, most - 1);
        everybody = seats == hired_;
        job_ = job;
        next_.store(0, std::memory_order_relaxed);
        seats_.store(seats, std::memory_order_relaxed);
    }
    wake(seats, everybody);
    work(job, 0);

    std::unique_lock<std::mutex> lock(mutex_);
    seats_.store(0, std::memory_order_relaxed);
    if (working_.load(std::memory_order_relaxed) == 0) return;
    lock.unlock();
    spin_until([this] { return working_.load(std::memory_order_relaxed) == 0; });
    lock.lock();
    done_.wait(lock, [this] { return working_.load(std::memory_order_relaxed) == 0; });
}

// To wake all is one call of the system, to wake some is one each.
void Pool::wake(int32_t seats, bool everybody) {
    if (everybody) {
        wake_.notify_all();
    } else {
        for (int32_t i = 0; i < seats; ++i) wake_.notify_one();
    }
}

// Start workers until there are `wanted`, or as many as the system gives.
void Pool::hire(int32_t wanted) {
    if (hired_ >= wanted || Clock::now() < hire_after_) return;
    const SignalsBlocked inherited;
    try {
        for (; hired_ < wanted; ++hired_) std::thread([this] { live(); }).detach();
    } catch (...) {
        hire_after_ = Clock::now() + RETRY;
    }
}

// A worker's life. It takes its number with its seat: seats are counted down, so no two have the same.
void Pool::live() noexcept {
#if defined(__linux__)
    pthread_setname_np(pthread_self(), "gatewise");
#endif
    const FloatMode mode;
    std::unique_lock<std::mutex> lock(mutex_);
    for (;;) {
        if (const int32_t seat = seats_.load(std::memory_order_relaxed); seat > 0) {
            seats_.store(seat - 1, std::memory_order_relaxed);
            working_.fetch_add(1, std::memory_order_relaxed);
            const Job job = job_;
            lock.unlock();
            work(job, seat);
            lock.lock();
            if (working_.fetch_sub(1, std::memory_order_relaxed) == 1) done_.notify_one();
        } else if (hired_ >= chosen.load(std::memory_order_relaxed)) {
            --hired_;
            return;
        } else {
            lock.unlock();
            spin_until([this] { return seats_.load(std::memory_order_relaxed) > 0; });
            lock.lock();
            if (seats_.load(std::memory_order_relaxed) == 0) wake_.wait(lock);
        }
    }
}

void Pool::work(const Job& job, int32_t worker) noexcept {
    for (;;) {
        const int64_t task = next_.fetch_add(1, std::memory_order_relaxed);
        if (task >= job.count) return;
        job.task(job.context, task, worker);
    }
}

void Pool::dismiss_surplus() {
    std::lock_guard<std::mutex> lock(mutex_);  // so that nobody is between looking at `chosen` and falling asleep
    wake_.notify_all();
}

std::atomic<Pool*> current{nullptr};
Pool* lost_in_fork = nullptr;

// nullptr when there is no memory for one.
Pool* pool() {
    Pool* found = current.load(std::memory_order_acquire);
    if (found) return found;
    Pool* made = new (std::nothrow) Pool;
    if (!made) return nullptr;
    made->lost = lost_in_fork;
    if (current.compare_exchange_strong(found, made, std::memory_order_acq_rel)) return made;
    delete made;
    return found;
}

}  // namespace

HeldThreads::HeldThreads() : before_(held) { held = threads(); }
HeldThreads::~HeldThreads() { held = before_; }

int32_t threads() {
    if (held) return held;
    int32_t count = chosen.load(std::memory_order_relaxed);
    if (count) return count;
    const int32_t first = std::min<int32_t>(processors(), 1024);
    return chosen.compare_exchange_strong(count, first, std::memory_order_relaxed) ? first : count;
}

void use_threads(int32_t count) {
    chosen.store(count, std::memory_order_relaxed);
    if (Pool* existing = current.load(std::memory_order_acquire)) existing->dismiss_surplus();
}

void run_tasks(int64_t count, Task task, const void* context) {
    if (count <= 0) return;
    const FloatMode mode;
    const int32_t most = static_cast<int32_t>(std::min<int64_t>(threads(), count));
    Pool* team = most > 1 ? pool() : nullptr;
    if (team && team->claim()) {
        team->run({task, context, count}, most);
        team->release();
        return;
    }
    for (int64_t i = 0; i < count; ++i) task(context, i, 0);
}

// The old pool's locks may be shut for ever and are never touched again.
void forget_workers() {
    if (Pool* old = current.exchange(nullptr, std::memory_order_relaxed)) lost_in_fork = old;
}

}  // namespace gw
