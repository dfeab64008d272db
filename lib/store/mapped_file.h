#pragma once
// A state file's bytes where the kernel has them: for readers that pass over much and keep little.

#include <filesystem>
#include <optional>
#include <string_view>
#include <utility>

namespace gs::store {

// Refuses what read_state_file refuses, with the same errors; nothing when there is no file. Safe
// beside our own writers, who replace the file. Who cuts it short in place kills a reader (SIGBUS),
// and a killed gate blocks.
class MappedFile {
 public:
  static std::optional<MappedFile> open(const std::filesystem::path& file, std::size_t limit);

  MappedFile(MappedFile&& other) noexcept : bytes_(std::exchange(other.bytes_, {})) {}
  MappedFile& operator=(MappedFile&&) = delete;
  ~MappedFile();

  std::string_view bytes() const { return bytes_; }

 private:
  explicit MappedFile(std::string_view bytes) : bytes_(bytes) {}

  std::string_view bytes_;
};

}  // namespace gs::store
