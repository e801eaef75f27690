// What a fork must find in order: a child has only the thread that forked, so a lock held by another would stay shut.
#include "fork.h"

#if !defined(_WIN32)
#include <pthread.h>
#endif

namespace gw {
namespace {

#if !defined(_WIN32)

// Locks are taken in the order in which calls take them: filling a table takes memory.
void before_fork() {
    lock_tables();
    lock_memory();
}

void after_fork_in_parent() {
    unlock_memory();
    unlock_tables();
}

void after_fork_in_child() {
    after_fork_in_parent();
    forget_workers();
}

// At load, so that no thread can be inside the library before it.
const int registered = pthread_atfork(before_fork, after_fork_in_parent, after_fork_in_child);

#endif

}  // namespace
}  // namespace gw
