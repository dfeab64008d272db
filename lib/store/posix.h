#pragma once
// Descriptors and the errors of file operations, for this room only.

#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "lib/platform/descriptor.h"
#include "lib/platform/mapping.h"

namespace gs::store {

using platform::Descriptor;

// Throws core::Error (broken): "cannot DOING FILE: " and the text of `error` (an errno value).
[[noreturn]] void fail(std::string_view doing, const std::filesystem::path& file, int error);
// Throws core::Error (broken): "FILE WHY".
[[noreturn]] void fail_because(const std::filesystem::path& file, std::string_view why,
                               std::string hint = {});

// open(2) that never blocks, follows no link at the end, is closed on exec and is not interrupted.
// An invalid descriptor when it fails; errno then says why.
Descriptor open_file(const std::filesystem::path& file, int flags, unsigned mode = 0666);

// All bytes are written, or errno is returned (0: done).
int write_all(int descriptor, std::string_view bytes);

// flock(2), exclusive, not interrupted. Returns 0 or errno.
int lock_exclusively(int descriptor);

// What open_file opened must be a regular file; throws otherwise. Returns its size.
std::size_t regular_size(int descriptor, const std::filesystem::path& file);

// A file of the state directory, which may be no symbolic link; an invalid descriptor when it is
// not there.
Descriptor open_state_file(const std::filesystem::path& file);
// Throws core::Error (broken): "FILE is larger than 50 MiB"; the hint for a state file by default.
inline constexpr char kRepair[] = "git stream init --repair";
[[noreturn]] void fail_too_large(const std::filesystem::path& file, std::size_t limit,
                                 const char* hint = kRepair);

// As read_file, but a symbolic link is refused: for files of the state directory.
std::optional<std::string> read_state_file(const std::filesystem::path& file, std::size_t limit);
// What open_state_file opened, mapped: refuses what read_state_file refuses, with the same errors.
platform::Mapping map_state_file(const Descriptor& descriptor, const std::filesystem::path& file,
                                 std::size_t limit);
// The first `limit` bytes at most of whatever regular file is there; nothing when it cannot be
// read.
std::optional<std::string> read_prefix(const std::filesystem::path& file, std::size_t limit);

// "16 MiB", for messages.
std::string format_size(std::size_t bytes);

// From here on a limit on file sizes (ulimit -f) is an error of write(2), and no signal that ends
// the process. Programs that this one starts are not touched.
void survive_file_limits();

}  // namespace gs::store
