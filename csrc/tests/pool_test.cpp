// Every task runs once, whoever calls and however many threads there are; the caller's floating-point mode is its own.
#include "threads/pool.h"

#include <atomic>
#include <cfenv>
#include <cfloat>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "check.h"
#include "threads/held.h"
#include "threads/processors.h"

namespace {

using Counts = std::unique_ptr<std::atomic<int>[]>;

Counts zeros(int64_t count) { return Counts(new std::atomic<int>[static_cast<size_t>(count)]()); }

bool each_ran_once(int64_t tasks, bool slowly = false) {
    const Counts runs = zeros(tasks);
    gw::parallel_for(tasks, [&](int64_t task, int32_t) {
        if (slowly) std::this_thread::yield();
        ++runs[static_cast<size_t>(task)];
    });
    for (int64_t task = 0; task < tasks; ++task) {
        if (runs[static_cast<size_t>(task)] != 1) return false;
    }
    return true;
}

void test_every_task_runs_once() {
    for (const int32_t threads : {1, 2, 4, 8, 3, 1, 8}) {
        gw::use_threads(threads);
        CHECK(gw::threads() == threads);
        for (const int64_t tasks : {0, 1, 2, 7, 8, 1000}) CHECK(each_ran_once(tasks));
    }
    bool all = true;
    for (int i = 0; i < 2000; ++i) all &= each_ran_once(5);
    CHECK(all);
}

void test_no_two_tasks_run_at_once_with_one_worker_number() {
    gw::use_threads(4);
    const Counts inside = zeros(4);
    std::atomic<int> wrong{0};
    for (int i = 0; i < 100; ++i) {
        gw::parallel_for(50, [&](int64_t, int32_t worker) {
            if (worker < 0 || worker >= 4 || inside[static_cast<size_t>(worker)]++ != 0) ++wrong;
            std::this_thread::yield();
            --inside[static_cast<size_t>(worker)];
        });
    }
    CHECK(wrong == 0);
}

void test_calls_from_tasks_and_from_other_threads_run_too() {
    gw::use_threads(4);
    std::atomic<bool> all{true};
    std::vector<std::thread> callers;
    for (int i = 0; i < 4; ++i) {
        callers.emplace_back([&] {
            for (int repeat = 0; repeat < 200; ++repeat) {
                if (!each_ran_once(9, true)) all = false;
            }
        });
    }
    for (std::thread& caller : callers) caller.join();
    gw::parallel_for(20, [&](int64_t, int32_t) {
        if (!each_ran_once(20)) all = false;
    });
    CHECK(all);
}

void test_the_number_of_threads_may_change_while_tasks_run() {
    std::atomic<bool> stop{false}, all{true};
    std::thread changer([&] {
        for (int32_t count = 1; !stop; count = count % 8 + 1) gw::use_threads(count), std::this_thread::yield();
    });
    for (int i = 0; i < 500; ++i) {
        const gw::HeldThreads held;
        const int32_t threads = gw::threads();
        gw::parallel_for(20, [&](int64_t, int32_t worker) {
            if (worker >= threads) all = false;
        });
        if (gw::threads() != threads) all = false;
    }
    stop = true;
    changer.join();
    CHECK(all);
}

// Volatile, so that the sum is made when the program runs.
bool subnormals_count() {
    volatile float tiny = FLT_MIN, half = 0.5f;
    return tiny * half != 0.0f;
}

void test_subnormals_are_zero_in_tasks_only() {
    for (const int32_t threads : {1, 4}) {
        gw::use_threads(threads);
        std::atomic<int> seen{0};
        gw::parallel_for(64, [&](int64_t, int32_t) {
            if (subnormals_count()) ++seen;
            std::this_thread::yield();
        });
#if defined(__SSE2__) || defined(__aarch64__)
        CHECK(seen == 0);
#endif
        CHECK(subnormals_count());
    }
}

void test_the_callers_rounding_and_flags_are_put_back_and_do_not_reach_tasks() {
    gw::use_threads(4);
    std::fesetround(FE_UPWARD);
    std::feclearexcept(FE_ALL_EXCEPT);
    std::atomic<int> wrong{0};
    gw::parallel_for(64, [&](int64_t, int32_t) {
        volatile float one = 1.0f, small = 1e-10f;
        if (one + small != 1.0f) ++wrong;
    });
    CHECK(wrong == 0);
    CHECK(std::fegetround() == FE_UPWARD);
    CHECK(std::fetestexcept(FE_ALL_EXCEPT) == 0);
    std::fesetround(FE_TONEAREST);
}

void test_signals_are_left_to_the_threads_of_the_host() {
    gw::use_threads(1);
    gw::use_threads(4);
    sigset_t before, after;
    pthread_sigmask(SIG_SETMASK, nullptr, &before);
    std::atomic<int> wrong{0};
    for (int i = 0; i < 50; ++i) {
        gw::parallel_for(50, [&](int64_t, int32_t worker) {
            sigset_t blocked;
            pthread_sigmask(SIG_SETMASK, nullptr, &blocked);
            if (worker > 0 && (!sigismember(&blocked, SIGINT) || sigismember(&blocked, SIGSEGV))) ++wrong;
        });
    }
    pthread_sigmask(SIG_SETMASK, nullptr, &after);
    CHECK(wrong == 0);
    CHECK(sigismember(&before, SIGINT) == sigismember(&after, SIGINT));
}

// Address space for a few stacks only. Sanitizers need more of it than that.
void test_fewer_threads_do_when_the_system_refuses_more() {
#if !defined(GW_SANITIZER) && defined(__linux__)
    int64_t pages = 0;
    std::ifstream("/proc/self/statm") >> pages;
    rlimit before = {};
    CHECK(pages > 0 && getrlimit(RLIMIT_AS, &before) == 0);
    rlimit little = before;
    little.rlim_cur = static_cast<rlim_t>(pages * sysconf(_SC_PAGESIZE)) + (rlim_t{40} << 20);
    CHECK(setrlimit(RLIMIT_AS, &little) == 0);
    gw::use_threads(500);
    CHECK(each_ran_once(1000));
    CHECK(each_ran_once(1000));
    const auto running = std::distance(std::filesystem::directory_iterator("/proc/self/task"), {});
    CHECK(running < 400);
    CHECK(setrlimit(RLIMIT_AS, &before) == 0);
    gw::use_threads(2);
    CHECK(each_ran_once(1000));
#endif
}

void write(const std::string& path, const char* text) { std::ofstream(path) << text; }

void test_control_groups_limit_processors() {
    char root[] = "/tmp/gatewise_groupXXXXXX";
    CHECK(mkdtemp(root) != nullptr);
    const std::string top = root;
    const std::string self = top + "/self";
    write(self, "1:name=x:/other\n0::/a/b\n");
    CHECK(gw::granted_processors(root, self.c_str()) == 0);
    mkdir((top + "/a").c_str(), 0700);
    mkdir((top + "/a/b").c_str(), 0700);
    write(top + "/a/b/cpu.max", "max 100000\n");
    CHECK(gw::granted_processors(root, self.c_str()) == 0);
    write(top + "/a/cpu.max", "250000 100000\n");
    CHECK(gw::granted_processors(root, self.c_str()) == 3);
    write(top + "/a/b/cpu.max", "50000 100000\n");
    CHECK(gw::granted_processors(root, self.c_str()) == 1);
    mkdir((top + "/cpu").c_str(), 0700);
    write(top + "/cpu/cpu.cfs_quota_us", "-1\n");
    write(top + "/cpu/cpu.cfs_period_us", "100000\n");
    CHECK(gw::granted_processors(root, "/none") == 0);
    write(top + "/cpu/cpu.cfs_quota_us", "200000\n");
    CHECK(gw::granted_processors(root, "/none") == 2);
    for (const char* path : {"/a/b/cpu.max", "/a/cpu.max", "/cpu/cpu.cfs_quota_us", "/cpu/cpu.cfs_period_us", "/self",
                             "/a/b", "/a", "/cpu", ""}) {
        CHECK(std::remove((top + path).c_str()) == 0);
    }
}

}  // namespace

int main() {
    CHECK(gw::threads() == gw::processors());
    CHECK(gw::processors() >= 1);
    test_every_task_runs_once();
    test_no_two_tasks_run_at_once_with_one_worker_number();
    test_calls_from_tasks_and_from_other_threads_run_too();
    test_the_number_of_threads_may_change_while_tasks_run();
    test_subnormals_are_zero_in_tasks_only();
    test_the_callers_rounding_and_flags_are_put_back_and_do_not_reach_tasks();
    test_signals_are_left_to_the_threads_of_the_host();
    test_control_groups_limit_processors();
    test_fewer_threads_do_when_the_system_refuses_more();
    gw::use_threads(1);
    return gw_test::finish();
}
