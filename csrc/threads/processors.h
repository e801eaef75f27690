// How many processors this process may use.
#pragma once

#include <cstdint>

namespace gw {

// Those of the affinity mask, or fewer where a control group grants less time than that. At least 1.
int32_t processors();

// Processors' worth of time that control groups grant, rounded up; 0 for no limit. `root` is where the groups are
// mounted and `self` the file that says which are this process's.
int32_t granted_processors(const char* root, const char* self);

}  // namespace gw
