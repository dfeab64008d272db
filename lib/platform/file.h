#pragma once
// Whether a file is still the very one that it was.

#include <cstdint>
#include <filesystem>
#include <optional>

#include "lib/platform/descriptor.h"

namespace gs::platform {

// What the kernel changes with a file's content: who edits it in place, replaces or restores it
// cannot keep them all (the time of change is nobody's to set).
struct FileMark {
  std::uint64_t device = 0, inode = 0, size = 0;
  std::int64_t modified = 0, changed = 0;  // nanoseconds since 1970

  friend bool operator==(const FileMark&, const FileMark&) = default;
};

// Of a regular file, an open one or what a path leads to; nothing when it cannot be asked.
std::optional<FileMark> file_mark(const Descriptor& file);
std::optional<FileMark> file_mark(const std::filesystem::path& file);

}  // namespace gs::platform
