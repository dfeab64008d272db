#pragma once
// Reading the small and the large files of a git directory.

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

namespace gs::git {

// The whole file; nothing when there is none (or a folder). Throws core::Error (broken) when it
// cannot be read.
std::optional<std::string> read_file(const std::filesystem::path& path);

// The same without white space at its end.
std::optional<std::string> read_line(const std::filesystem::path& path);

// Absolute and without '.', '..', links or a trailing '/' as far as the path exists.
std::filesystem::path real_path(const std::filesystem::path& path);

bool is_folder(const std::filesystem::path& path);

// A variable that is set and not empty.
std::optional<std::string> environment(const char* name);

// A file mapped for reading; its bytes live as long as it does.
class MappedFile {
 public:
  // Nothing when there is no such file; throws core::Error (broken) when it cannot be read.
  static std::optional<MappedFile> open(const std::filesystem::path& path);

  MappedFile(MappedFile&& other) noexcept;
  MappedFile& operator=(MappedFile&&) = delete;
  ~MappedFile();

  std::string_view bytes() const { return bytes_; }

 private:
  explicit MappedFile(std::string_view bytes) : bytes_(bytes) {}
  std::string_view bytes_;
};

}  // namespace gs::git
