#include "lib/platform/mapping.h"

#include <sys/mman.h>

namespace gs::platform {

std::optional<Mapping> Mapping::of(const Descriptor& file, std::size_t size) {
  if (size == 0) return Mapping({});  // which mmap(2) refuses
  void* start = mmap(nullptr, size, PROT_READ, MAP_PRIVATE, file.get(), 0);
  if (start == MAP_FAILED) return std::nullopt;
  return Mapping({static_cast<const char*>(start), size});
}

Mapping::~Mapping() {
  if (!bytes_.empty()) munmap(const_cast<char*>(bytes_.data()), bytes_.size());
}

}  // namespace gs::platform
