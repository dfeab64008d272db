#pragma once
// A log that is locked for writing, as long as this lives.

#include <cstddef>
#include <filesystem>
#include <span>

#include "lib/store/journal.h"
#include "lib/store/posix.h"

namespace gs::store {

class LogWriter {
 public:
  // Makes the log if there is none. Throws core::Error (broken) when it cannot be written.
  explicit LogWriter(const std::filesystem::path& log);

  int descriptor() const { return file_.get(); }
  std::size_t size() const { return size_; }
  // Once at most: as append() does it.
  void add(const Activity& activity) { add(std::span(&activity, 1)); }
  void add(std::span<const Activity> activities);  // all of them in one write

 private:
  bool ends_torn() const;

  const std::filesystem::path log_;
  Descriptor file_;
  std::size_t size_ = 0;
};

}  // namespace gs::store
