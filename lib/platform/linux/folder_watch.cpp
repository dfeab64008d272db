#include "lib/platform/folder_watch.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <poll.h>
#include <sys/inotify.h>
#include <thread>
#include <unistd.h>

namespace gs::platform {

namespace {

using Clock = std::chrono::steady_clock;

constexpr std::uint32_t kWhole =
    IN_MOVED_TO | IN_CLOSE_WRITE | IN_DELETE | IN_DELETE_SELF | IN_MOVE_SELF;
constexpr std::uint32_t kAny = kWhole | IN_MODIFY | IN_CREATE | IN_MOVED_FROM;

}  // namespace

FolderWatch::FolderWatch(std::filesystem::path folder, Changes changes)
    : folder_(std::move(folder)),
      changes_(changes),
      notifier_(inotify_init1(IN_CLOEXEC | IN_NONBLOCK)) {
  if (folder_.empty()) folder_ = ".";
  add();
}

void FolderWatch::add() {
  const std::uint32_t mask = changes_ == Changes::any ? kAny : kWhole;
  if (notifier_) watch_ = inotify_add_watch(notifier_.get(), folder_.c_str(), mask | IN_ONLYDIR);
}

// Takes all events that are there; true when one is about the file or the folder itself.
bool FolderWatch::concerns(std::string_view name) {
  alignas(inotify_event) std::array<char, 16384> buffer;
  bool concerned = false;
  for (;;) {
    const ssize_t count = read(notifier_.get(), buffer.data(), buffer.size());
    if (count <= 0) return concerned;
    for (std::size_t at = 0; at < static_cast<std::size_t>(count);) {
      inotify_event event{};
      std::memcpy(&event, buffer.data() + at, sizeof event);
      const char* const file = buffer.data() + at + sizeof event;
      const std::string_view changed(file, event.len == 0 ? 0 : strnlen(file, event.len));
      if ((event.mask & (IN_IGNORED | IN_DELETE_SELF | IN_MOVE_SELF)) != 0) watch_ = -1;
      concerned |= changed == name || event.len == 0;
      at += sizeof event + event.len;
    }
  }
}

void FolderWatch::wait(std::string_view name, std::chrono::milliseconds longest) {
  using std::chrono::milliseconds;
  constexpr milliseconds kUnwatched{100};
  const Clock::time_point end = Clock::now() + longest;
  if (watch_ < 0) {
    add();  // what happened before counts as a change: look again at once
    if (watch_ < 0) std::this_thread::sleep_for(std::min(longest, kUnwatched));
    return;
  }
  for (;;) {
    const auto left = std::chrono::ceil<milliseconds>(end - Clock::now());
    if (left <= milliseconds{0}) return;
    pollfd waiting{notifier_.get(), POLLIN, 0};
    const int ready =
        poll(&waiting, 1, static_cast<int>(std::min<std::int64_t>(left.count(), 60000)));
    if (ready < 0 || (ready > 0 && concerns(name))) return;
  }
}

FoldersWatch::FoldersWatch() : notifier_(inotify_init1(IN_CLOEXEC | IN_NONBLOCK)) {}

bool FoldersWatch::watch(const std::vector<std::filesystem::path>& folders) {
  if (!notifier_) return false;
  for (auto at = watches_.begin(); at != watches_.end();) {
    if (std::find(folders.begin(), folders.end(), at->first) != folders.end()) {
      ++at;
      continue;
    }
    inotify_rm_watch(notifier_.get(), at->second);
    at = watches_.erase(at);
  }
  bool fresh = false;
  for (const std::filesystem::path& folder : folders) {
    // Asked again each time: a folder of this name may be another one now.
    const int number =
        inotify_add_watch(notifier_.get(), folder.c_str(), kAny | IN_ONLYDIR | IN_EXCL_UNLINK);
    const auto known = watches_.find(folder);
    if (number < 0) {
      if (known != watches_.end()) watches_.erase(known);
      continue;
    }
    fresh |= known == watches_.end() || known->second != number;
    watches_.insert_or_assign(folder, number);
  }
  return fresh;
}

void FoldersWatch::drain() {
  alignas(inotify_event) std::array<char, 16384> buffer;
  while (notifier_ && read(notifier_.get(), buffer.data(), buffer.size()) > 0) {
  }
}

}  // namespace gs::platform
