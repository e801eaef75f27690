// The only threads of the core: tasks 0 .. count - 1 handed out in order to whoever is free.
#pragma once

#include <cstdint>

namespace gw {

using Task = void (*)(const void* context, int64_t task, int32_t worker);

// Threads a call may use, the caller's included.
int32_t threads();
void use_threads(int32_t count);

// Run all tasks and return when the last has ended. The calling thread works too; `worker` is from 0 to threads() - 1
// and no two tasks run at once with the same one. While tasks run, subnormal numbers count as zero in the threads that
// run them; the caller's floating-point mode is put back afterwards. When another thread of the program is using the
// pool, or with one thread or one task, everything runs in the caller. Tasks may not throw.
void run_tasks(int64_t count, Task task, const void* context);

namespace {  // Internal, so that code compiled for one instruction set is never linked into another's.

// run_tasks for a callable body(task, worker).
template <class Body>
void parallel_for(int64_t count, const Body& body) {
    run_tasks(
        count,
        [](const void* context, int64_t task, int32_t worker) {
            (*static_cast<const Body*>(context))(task, worker);
        },
        &body);
}

}  // namespace
}  // namespace gw
