#pragma once
// A file that is replaced whole or not at all.

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

namespace gs::store {

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

}  // namespace gs::store
