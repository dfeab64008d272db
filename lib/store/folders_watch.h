#pragma once
// Many folders watched at once (inotify(7)), for those who wait for other things as well.

#include <filesystem>
#include <map>
#include <vector>

#include "lib/store/posix.h"

namespace gs::store {

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

}  // namespace gs::store
