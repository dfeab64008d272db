#include "lib/git/folder_list.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/core/error.h"
#include "lib/platform/descriptor.h"

namespace gs::git {

namespace {

using EntryType = FolderEntry::Type;

EntryType type_of_mode(mode_t mode) {
  if (S_ISREG(mode)) return EntryType::file;
  if (S_ISLNK(mode)) return EntryType::link;
  return S_ISDIR(mode) ? EntryType::folder : EntryType::other;
}

EntryType type_of(int folder, const char* name, unsigned char type) {
  if (type != DT_UNKNOWN) return type_of_mode(static_cast<mode_t>(DTTOIF(type)));
  struct stat found;
  if (fstatat(folder, name, &found, AT_SYMLINK_NOFOLLOW) != 0) return EntryType::other;
  return type_of_mode(found.st_mode);
}

}  // namespace

FolderList::FolderList(int folder) {
  alignas(dirent64) std::array<char, std::size_t{32} << 10> buffer;
  for (;;) {
    const ssize_t count = getdents64(folder, buffer.data(), buffer.size());
    if (count < 0) {
      throw core::Error(core::ExitCode::broken,
                        std::string("cannot list a folder: ") + std::strerror(errno));
    }
    if (count == 0) break;
    take(buffer.data(), static_cast<std::size_t>(count), folder);
  }
  std::size_t at = 0;
  for (FolderEntry& entry : entries_) {
    entry.name = std::string_view(names_.data() + at);
    at += entry.name.size() + 1;
  }
}

void FolderList::take(const char* bytes, std::size_t size, int folder) {
  for (std::size_t at = 0; at < size;) {
    const auto* const entry = reinterpret_cast<const dirent64*>(bytes + at);
    const std::string_view name = entry->d_name;
    at += entry->d_reclen;
    if (name == "." || name == "..") continue;
    entries_.push_back({{}, type_of(folder, name.data(), entry->d_type)});
    names_.insert(names_.end(), name.data(), name.data() + name.size() + 1);
  }
}

bool FolderList::has(std::string_view name) const {
  return std::any_of(entries_.begin(), entries_.end(),
                     [&](const FolderEntry& entry) { return entry.name == name; });
}

std::optional<std::string> small_file(int folder, const char* name) {
  constexpr off_t kLargest = off_t{16} << 20;
  const platform::Descriptor file(
      openat(folder, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK));
  struct stat status;
  if (!file || fstat(file.get(), &status) != 0 || !S_ISREG(status.st_mode) ||
      status.st_size > kLargest)
    return std::nullopt;
  std::string text(static_cast<std::size_t>(status.st_size), '\0');
  std::size_t size = 0;
  while (size < text.size()) {
    const ssize_t count = read(file.get(), text.data() + size, text.size() - size);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) break;
    size += static_cast<std::size_t>(count);
  }
  text.resize(size);
  return text;
}

}  // namespace gs::git
