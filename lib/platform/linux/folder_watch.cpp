// By inotify(7): a folder's watch tells of all files in it, by name.

#include "lib/platform/folder_watch.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <map>
#include <sys/inotify.h>
#include <unistd.h>

#include "lib/platform/file.h"

namespace gs::platform {

namespace {

constexpr std::uint32_t kWhole =
    IN_MOVED_TO | IN_CLOSE_WRITE | IN_DELETE | IN_DELETE_SELF | IN_MOVE_SELF;
constexpr std::uint32_t kAny = kWhole | IN_MODIFY | IN_CREATE | IN_MOVED_FROM;

}  // namespace

struct FoldersWatch::Watches {
  std::uint32_t events = 0;
  Descriptor notifier;
  std::map<std::filesystem::path, int> numbers;
};

FoldersWatch::FoldersWatch(Changes changes)
    : watches_(
          std::make_unique<Watches>(Watches{changes == Changes::any ? kAny : kWhole,
                                            Descriptor(inotify_init1(IN_CLOEXEC | IN_NONBLOCK)),
                                            {}})) {}

FoldersWatch::~FoldersWatch() = default;

bool FoldersWatch::watch(const std::vector<std::filesystem::path>& folders) {
  auto& [events, notifier, numbers] = *watches_;
  if (!notifier) return false;
  for (auto at = numbers.begin(); at != numbers.end();) {
    if (std::find(folders.begin(), folders.end(), at->first) != folders.end()) {
      ++at;
      continue;
    }
    inotify_rm_watch(notifier.get(), at->second);
    at = numbers.erase(at);
  }
  bool fresh = false;
  for (const std::filesystem::path& folder : folders) {
    // Asked again each time: a folder of this name may be another one now.
    const int number =
        inotify_add_watch(notifier.get(), folder.c_str(), events | IN_ONLYDIR | IN_EXCL_UNLINK);
    const auto known = numbers.find(folder);
    if (number < 0) {
      if (known != numbers.end()) numbers.erase(known);
      continue;
    }
    fresh |= known == numbers.end() || known->second != number;
    numbers.insert_or_assign(folder, number);
  }
  return fresh;
}

bool FoldersWatch::watches() const {
  return !watches_->numbers.empty();
}

int FoldersWatch::descriptor() const {
  return watches_->notifier.get();
}

bool FoldersWatch::take(std::string_view name) {
  alignas(inotify_event) std::array<char, 16384> buffer;
  bool concerned = false;
  for (;;) {
    const ssize_t count = read(watches_->notifier.get(), buffer.data(), buffer.size());
    if (count <= 0) return concerned;
    for (std::size_t at = 0; at < static_cast<std::size_t>(count);) {
      inotify_event event{};
      std::memcpy(&event, buffer.data() + at, sizeof event);
      const char* const file = buffer.data() + at + sizeof event;
      const std::string_view changed(file, event.len == 0 ? 0 : strnlen(file, event.len));
      concerned |= changed == name || event.len == 0;
      at += sizeof event + event.len;
    }
  }
}

}  // namespace gs::platform
