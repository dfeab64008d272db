#pragma once
// Files as the state directory and the caches need them: replaced whole or not at all, locked,
// never read or written through a symbolic link, and errors that name the file.

#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "lib/platform/file.h"

namespace gs::state {

// Nothing happens until commit(): temporary file beside the target, write, fsync, rename, fsync of
// the folder. The target's permissions are kept; it is never written through a symbolic link.
class AtomicFile {
 public:
  // cache: no fsync, for what can be made again. passing: besides, for a moment nothing is there;
  // a file system that writes out at once what replaces something (ext4) is spared it.
  enum class Durability { synced, cache, passing };

  explicit AtomicFile(std::filesystem::path target, Durability durability = Durability::synced)
      : target_(std::move(target)), durability_(durability) {}

  void write(std::string_view bytes) { content_.append(bytes); }
  // Throws core::Error (broken) naming the file and the cause; the target is then as it was.
  void commit();

  // The whole content at once, synced.
  static void replace(const std::filesystem::path& target, std::string_view content);

 private:
  std::filesystem::path target_;
  Durability durability_;
  std::string content_;
};

// An exclusive flock on a file of its own (made if missing, never removed), held until destruction.
class FileLock {
 public:
  explicit FileLock(const std::filesystem::path& file);
  ~FileLock();
  FileLock(const FileLock&) = delete;
  FileLock& operator=(const FileLock&) = delete;

 private:
  int descriptor_ = -1;
};

// The whole file; nothing when it does not exist. Throws core::Error (broken) when it cannot be
// read or is larger than `limit` bytes.
std::optional<std::string> read_file(const std::filesystem::path& file, std::size_t limit);

// How AtomicFile names its temporary files, so that leftovers can be told.
inline constexpr std::string_view kTemporaryPrefix = ".tmp.";

// FOLDER/.tmp.NAME.PID.N, used by no other file of this process.
std::filesystem::path temporary_name(const std::filesystem::path& target);

using platform::Descriptor;
using platform::write_all;

// Throws core::Error (broken): "cannot DOING FILE: " and the text of `error` (an errno value).
[[noreturn]] void fail(std::string_view doing, const std::filesystem::path& file, int error);
// Throws core::Error (broken): "FILE WHY".
[[noreturn]] void fail_because(const std::filesystem::path& file, std::string_view why,
                               std::string hint = {});

// open(2) that never blocks, follows no link at the end, is closed on exec and is not interrupted.
// An invalid descriptor when it fails; errno then says why.
Descriptor open_file(const std::filesystem::path& file, int flags, unsigned mode = 0666);

// The next thing to do about a state file that is there and is not as it must be.
inline constexpr char kRepair[] = "git stream init --repair";
// As fail(), for a file of the state directory: with the next thing to do.
[[noreturn]] void fail_state(std::string_view doing, const std::filesystem::path& file, int error);

// What open_file opened must be a regular file; throws otherwise. Returns its size.
std::size_t regular_size(int descriptor, const std::filesystem::path& file,
                         const char* hint = kRepair);

// A file of the state directory, which may be no symbolic link; an invalid descriptor when it is
// not there.
Descriptor open_state_file(const std::filesystem::path& file);
// Throws core::Error (broken): "FILE is larger than 50 MiB"; the hint for a state file by default.
[[noreturn]] void fail_too_large(const std::filesystem::path& file, std::size_t limit,
                                 const char* hint = kRepair);

// As read_file, but a symbolic link is refused: for files of the state directory.
std::optional<std::string> read_state_file(const std::filesystem::path& file, std::size_t limit);
// The first `limit` bytes at most of whatever regular file is there; nothing when it cannot be
// read.
std::optional<std::string> read_prefix(const std::filesystem::path& file, std::size_t limit);

// "16 MiB", for messages.
std::string format_size(std::size_t bytes);

// From here on a limit on file sizes (ulimit -f) is an error of write(2), and no signal that ends
// the process. Programs that this one starts are not touched.
void survive_file_limits();

}  // namespace gs::state
