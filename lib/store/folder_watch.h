#pragma once
// Waits for a file of a folder to change (inotify(7)), or for some time to pass.

#include <chrono>
#include <filesystem>
#include <string_view>

#include "lib/store/posix.h"

namespace gs::store {

// Changes are noted from construction on, so: construct, look at the file, wait.
class FolderWatch {
 public:
  // replaced: only files that appear whole, by rename, or go; spares those who watch the rest.
  enum class Changes { any, replaced };
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

}  // namespace gs::store
