// Keeps the number of threads still for one call.
#pragma once

#include <cstdint>

namespace gw {

// While one exists, threads() does not change in this thread and run_tasks keeps to it. So a call that sized its
// workspace by threads() is safe from another thread that calls use_threads meanwhile.
class HeldThreads {
public:
    HeldThreads();
    ~HeldThreads();
    HeldThreads(const HeldThreads&) = delete;
    HeldThreads& operator=(const HeldThreads&) = delete;

private:
    int32_t before_;
};

}  // namespace gw
