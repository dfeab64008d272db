#pragma once
// What a folder holds, read in few system calls.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gs::git {

struct FolderEntry {
  enum class Type { file, link, folder, other };
  std::string_view name;
  Type type = Type::other;
};

// The entries of an open folder, in its order, without "." and "..". Throws core::Error (broken)
// when it cannot be read.
class FolderList {
 public:
  explicit FolderList(int folder);
  FolderList(const FolderList&) = delete;
  FolderList& operator=(const FolderList&) = delete;

  auto begin() const { return entries_.begin(); }
  auto end() const { return entries_.end(); }
  bool has(std::string_view name) const;

 private:
  void take(const char* bytes, std::size_t size, int folder);

  std::vector<char> names_;  // grown as a whole, so entries hold offsets until the end
  std::vector<FolderEntry> entries_;
};

// A regular file in a folder, no link and not larger than a list of patterns can be; nothing
// otherwise.
std::optional<std::string> small_file(int folder, const char* name);

}  // namespace gs::git
