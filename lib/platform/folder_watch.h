#pragma once
// Waiting for files of folders to change (inotify(7)).

#include <chrono>
#include <filesystem>
#include <map>
#include <string_view>
#include <vector>

#include "lib/platform/file.h"

namespace gs::platform {

// One file of a folder, or some time. Changes are noted from construction on, so: construct, look
// at the file, wait.
class FolderWatch {
 public:
  // whole: only files that appear by rename, go, or that a writer has left; spares those who watch
  // every byte.
  enum class Changes { any, whole };
  explicit FolderWatch(std::filesystem::path folder, Changes changes = Changes::any);

  // Returns when a file of this name was written, replaced or removed, when `longest` has passed,
  // or earlier (a signal, or a folder that cannot be watched): look again in any case.
  void wait(std::string_view name, std::chrono::milliseconds longest);

 private:
  void add();
  bool concerns(std::string_view name);

  std::filesystem::path folder_;
  Changes changes_;
  Descriptor notifier_;
  int watch_ = -1;
};

// Many folders watched at once, for those who wait for other things as well.
class FoldersWatch {
 public:
  FoldersWatch();

  // From now on these; those that are not there, or beyond the system's limit, are passed over.
  // True when one of them was not watched before: what it holds may have changed meanwhile.
  bool watch(const std::vector<std::filesystem::path>& folders);

  // Readable when something has changed; -1 where there is no inotify.
  int descriptor() const { return notifier_.get(); }
  void drain();  // what was noted so far is seen

 private:
  Descriptor notifier_;
  std::map<std::filesystem::path, int> watches_;
};

}  // namespace gs::platform
