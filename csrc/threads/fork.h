// Called around a fork by fork.cpp, defined where the locks are.
#pragma once

namespace gw {

void lock_tables();
void unlock_tables();
void lock_memory();
void unlock_memory();
void forget_workers();  // in the child: its workers do not exist

}  // namespace gw
