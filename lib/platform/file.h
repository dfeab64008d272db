#pragma once
// Open and mapped files, what is on the disk, and whether a file is still the very one that it was.

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string_view>
#include <utility>

struct stat;

namespace gs::platform {

// ---- An open file of the operating system; closed when it goes out of scope.

class Descriptor {
 public:
  Descriptor() = default;
  explicit Descriptor(int number) : number_(number) {}
  Descriptor(Descriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    if (this != &other) {
      close();
      number_ = std::exchange(other.number_, -1);
    }
    return *this;
  }
  ~Descriptor() { close(); }

  int get() const { return number_; }
  int release() { return std::exchange(number_, -1); }
  void close();  // before its time
  explicit operator bool() const { return number_ >= 0; }

 private:
  int number_ = -1;
};

// All bytes are written, or errno is returned (0: done).
int write_all(int descriptor, std::string_view bytes);

// What was written to a file, or the names in a folder, outlive a loss of power; errno otherwise
// (0: done). The second leaves out what nobody needs to read it again, its times.
int sync_file(int descriptor);
int sync_content(int descriptor);

// Nanoseconds since 1970.
std::int64_t modified_at(const struct stat& status);
std::int64_t changed_at(const struct stat& status);

// What the kernel changes with a file's content: who edits it in place, replaces or restores it
// cannot keep them all (the time of change is nobody's to set).
struct FileStamp {
  std::uint64_t device = 0, inode = 0, size = 0;
  std::int64_t modified = 0, changed = 0;  // nanoseconds since 1970

  friend bool operator==(const FileStamp&, const FileStamp&) = default;
};

// Of a regular file, an open one or what a path leads to; nothing when it cannot be asked.
std::optional<FileStamp> file_stamp(const Descriptor& file);
std::optional<FileStamp> file_stamp(const std::filesystem::path& file);

// ---- A file's bytes where the kernel has them: for readers that pass over much and keep little.
// Safe beside writers who replace the file; who cuts it short in place kills the reader (SIGBUS),
// and a killed gate blocks.

class Mapping {
 public:
  // The first `size` bytes of a regular file; nothing when that fails, and errno says why.
  static std::optional<Mapping> of(const Descriptor& file, std::size_t size);

  Mapping(Mapping&& other) noexcept : bytes_(std::exchange(other.bytes_, {})) {}
  Mapping& operator=(Mapping&&) = delete;
  ~Mapping();

  std::string_view bytes() const { return bytes_; }

 private:
  explicit Mapping(std::string_view bytes) : bytes_(bytes) {}

  std::string_view bytes_;
};

}  // namespace gs::platform
