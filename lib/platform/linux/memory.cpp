#include "lib/platform/memory.h"

#include <malloc.h>

namespace gs::platform {

void keep_freed_memory() {
  constexpr int kMiB = 1 << 20;
  mallopt(M_TRIM_THRESHOLD, 64 * kMiB);
  mallopt(M_MMAP_THRESHOLD, 32 * kMiB);
  mallopt(M_TOP_PAD, kMiB);
}

}  // namespace gs::platform
