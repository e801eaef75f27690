// Memory that is kept: a block given back waits for the next taker of its size.
#pragma once

#include <cstdint>

namespace gw {

// At least `bytes`, aligned to 64, contents undefined. nullptr when there is no memory or bytes is negative.
void* take(int64_t bytes);
void give(void* block);  // nullptr does nothing
void trim();
int64_t idle_bytes();

namespace {  // Internal, so that code compiled for one instruction set is never linked into another's.

// `count` elements of type T for as long as this object lives. Check `data` for nullptr.
template <class T>
struct Scratch {
    T* data;
    explicit Scratch(int64_t count) : data(static_cast<T*>(take(count * static_cast<int64_t>(sizeof(T))))) {}
    ~Scratch() { give(data); }
    Scratch(const Scratch&) = delete;
    Scratch& operator=(const Scratch&) = delete;
};

}  // namespace
}  // namespace gw
