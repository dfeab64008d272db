#include "lib/store/mapped_file.h"

#include <cerrno>
#include <fcntl.h>
#include <sys/mman.h>

#include "lib/store/posix.h"

namespace gs::store {

std::optional<MappedFile> MappedFile::open(const std::filesystem::path& file, std::size_t limit) {
  const Descriptor descriptor = open_state_file(file);
  if (!descriptor) return std::nullopt;
  const std::size_t size = regular_size(descriptor.get(), file);
  if (size > limit) fail_too_large(file, limit);
  if (size == 0) return MappedFile({});
  void* start = mmap(nullptr, size, PROT_READ, MAP_PRIVATE, descriptor.get(), 0);
  if (start == MAP_FAILED) fail("read", file, errno);
  return MappedFile({static_cast<const char*>(start), size});
}

MappedFile::~MappedFile() {
  if (!bytes_.empty()) munmap(const_cast<char*>(bytes_.data()), bytes_.size());
}

}  // namespace gs::store
