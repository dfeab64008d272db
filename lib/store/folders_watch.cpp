#include "lib/store/folders_watch.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <sys/inotify.h>
#include <unistd.h>

namespace gs::store {

namespace {

constexpr std::uint32_t kChanges = IN_MODIFY | IN_CLOSE_WRITE | IN_CREATE | IN_DELETE |
                                   IN_MOVED_FROM | IN_MOVED_TO | IN_DELETE_SELF | IN_MOVE_SELF;

}  // namespace

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
        inotify_add_watch(notifier_.get(), folder.c_str(), kChanges | IN_ONLYDIR | IN_EXCL_UNLINK);
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

}  // namespace gs::store
