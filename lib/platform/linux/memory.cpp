#include "lib/platform/memory.h"

#include <cstdint>
#include <cstring>
#include <malloc.h>
#include <sys/mman.h>
#include <unistd.h>

namespace gs::platform {

void keep_freed_memory() {
#ifdef __GLIBC__  // musl has no such settings
  constexpr int kMiB = 1 << 20;
  mallopt(M_TRIM_THRESHOLD, 64 * kMiB);
  mallopt(M_MMAP_THRESHOLD, 32 * kMiB);
  mallopt(M_TOP_PAD, kMiB);
#endif
}

void populate([[maybe_unused]] char* begin, [[maybe_unused]] std::size_t size) {
#ifdef MADV_POPULATE_WRITE
  const auto page = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
  const std::size_t before = reinterpret_cast<std::uintptr_t>(begin) % page;
  madvise(begin - before, size + before, MADV_POPULATE_WRITE);
#endif
}

std::size_t find_last(std::string_view text, char letter) {
  const void* const found = memrchr(text.data(), letter, text.size());
  if (found == nullptr) return std::string_view::npos;
  return static_cast<std::size_t>(static_cast<const char*>(found) - text.data());
}

}  // namespace gs::platform
