// By kqueue(2): a folder tells that files came or went, each file that it was written to. So the
// files that are in a folder when it is looked at are watched, too, each by an open file.

#include "lib/platform/folder_watch.h"

#include <array>
#include <cstdint>
#include <ctime>
#include <fcntl.h>
#include <map>
#include <optional>
#include <sys/event.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/platform/file.h"

namespace gs::platform {

namespace fs = std::filesystem;

namespace {

constexpr unsigned kEvents = NOTE_WRITE | NOTE_EXTEND | NOTE_ATTRIB | NOTE_DELETE | NOTE_RENAME;

// Of the 256 files that a process may have open by default.
constexpr std::size_t kMostFiles = 128;

struct Watched {
  Descriptor file;
  dev_t device = 0;
  ino_t inode = 0;
  bool folder = false;
};

std::optional<Watched> open_watched(const fs::path& path) {
  Watched watched;
  watched.file = Descriptor(open(path.c_str(), O_EVTONLY | O_CLOEXEC));
  struct stat status {};
  if (!watched.file || fstat(watched.file.get(), &status) != 0) return std::nullopt;
  watched.device = status.st_dev;
  watched.inode = status.st_ino;
  watched.folder = S_ISDIR(status.st_mode);
  if (!watched.folder && !S_ISREG(status.st_mode)) return std::nullopt;
  return watched;
}

Descriptor make_queue() {
  Descriptor queue(kqueue());
  if (queue) fcntl(queue.get(), F_SETFD, FD_CLOEXEC);
  return queue;
}

}  // namespace

struct FoldersWatch::Watches {
  using Files = std::map<fs::path, Watched>;

  Descriptor queue = make_queue();
  Files files;  // folders and the files in them; an event's udata is the place in here

  // Moves what is watched already from `files` to `kept`, or adds it. Whether it is new.
  bool keep(const fs::path& path, bool only_folder, Files& kept) {
    auto fresh = open_watched(path);
    if (!fresh || (only_folder && !fresh->folder) || kept.contains(path)) return false;
    const auto known = files.find(path);
    if (known != files.end() && known->second.inode == fresh->inode &&
        known->second.device == fresh->device) {
      kept.insert(files.extract(known));  // at the same address: nodes are moved
      return false;
    }
    const auto at = kept.emplace(path, std::move(*fresh)).first;
    struct kevent change {};
    EV_SET(&change, static_cast<std::uintptr_t>(at->second.file.get()), EVFILT_VNODE,
           EV_ADD | EV_CLEAR, kEvents, 0, &*at);
    if (kevent(queue.get(), &change, 1, nullptr, 0, nullptr) == 0) return true;
    kept.erase(at);
    return false;
  }
};

FoldersWatch::FoldersWatch(Changes) : watches_(std::make_unique<Watches>()) {}

FoldersWatch::~FoldersWatch() = default;

bool FoldersWatch::watch(const std::vector<fs::path>& folders) {
  if (!watches_->queue) return false;
  bool fresh = false;
  Watches::Files kept;
  for (const fs::path& folder : folders) {
    if (kept.size() < kMostFiles) fresh |= watches_->keep(folder, true, kept);
  }
  for (const fs::path& folder : folders) {
    std::error_code unreadable;
    for (fs::directory_iterator at(folder, unreadable), end;
         !unreadable && at != end && kept.size() < kMostFiles; at.increment(unreadable)) {
      std::error_code gone;
      if (at->is_regular_file(gone)) fresh |= watches_->keep(at->path(), false, kept);
    }
  }
  watches_->files = std::move(kept);  // closes what is not watched any more, and its events go
  return fresh;
}

bool FoldersWatch::watches() const {
  return !watches_->files.empty();
}

int FoldersWatch::descriptor() const {
  return watches_->queue.get();
}

bool FoldersWatch::take(std::string_view name) {
  bool concerned = false;
  std::array<struct kevent, 32> events;
  for (;;) {
    const timespec at_once{};
    const int count = kevent(watches_->queue.get(), nullptr, 0, events.data(),
                             static_cast<int>(events.size()), &at_once);
    if (count <= 0) return concerned;
    for (int i = 0; i < count; ++i) {
      const auto& [path, watched] = *static_cast<const Watches::Files::value_type*>(
          events[static_cast<std::size_t>(i)].udata);
      concerned |= watched.folder || path.filename() == name;
    }
  }
}

}  // namespace gs::platform
