// A process may end at any moment: while workers sleep, while they work, and from a thread that is not the main one.
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <initializer_list>
#include <thread>

#include "check.h"
#include "gatewise.h"
#include "threads/pool.h"

namespace {

constexpr unsigned PATIENCE_SECONDS = 20;
std::atomic<int64_t> sink{0};

void work_once() {
    gw::parallel_for(64, [](int64_t task, int32_t) {
        void* block = gw_take(100000);
        for (int i = 0; i < 1000; ++i) sink += task;
        gw_give(block);
    });
}

void work_for_ever() {
    for (;;) work_once();
}

// What a child process does; its return from here is its return from main.
int end_in(const char* way) {
    alarm(PATIENCE_SECONDS);
    gw_use_threads(4);
    work_once();
    if (std::strcmp(way, "asleep") == 0) return 0;
    std::thread(work_for_ever).detach();
    std::this_thread::sleep_for(std::chrono::milliseconds(3));
    if (std::strcmp(way, "elsewhere") == 0) std::thread([] { std::exit(0); }).join();
    return 0;
}

bool ends_well(char* program, const char* way) {
    const pid_t child = fork();
    if (child == 0) {
        execl(program, program, way, static_cast<char*>(nullptr));
        _exit(127);
    }
    int status = 0;
    return child > 0 && waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

}  // namespace

int main(int count, char** arguments) {
    if (count > 1) return end_in(arguments[1]);
    for (const char* way : {"asleep", "working", "elsewhere"}) {
        for (int i = 0; i < 20; ++i) CHECK(ends_well(arguments[0], way));
    }
    return gw_test::finish();
}
