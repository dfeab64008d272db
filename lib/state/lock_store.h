#pragma once
// file_locks.json on disk: the flock(2) on it, which everybody who changes a JSON file of the state
// directory holds, ours and the reference design's scripts alike; reading it, and writing it in
// place.

#include <optional>
#include <string>
#include <string_view>

#include "lib/platform/file.h"
#include "lib/state/lock_file.h"
#include "lib/state/redo_record.h"
#include "lib/state/state_dir.h"

namespace gs::state {

struct LockText {
  bool stamped = false;         // laid out by render_lock_file, and written by nobody since
  std::string text;             // a copy, or else:
  platform::Descriptor lock{};  // the shared lock, held as long as this lives
  std::optional<platform::Mapping> file{};
  std::string_view bytes() const { return file ? file->bytes() : std::string_view(text); }
};

// The old or the new text, whole, whoever is writing: they wait while this lives, so that two
// megabytes need not be copied by every gate. Whoever cuts the file short without the lock kills
// the reader (SIGBUS), and a killed gate blocks. Nothing where no state was ever set up; one
// that is gone throws core::Error (broken), as does all that is no file of at most kStateLimit.
std::optional<LockText> read_lock_text(const StateDir& state);

// The exclusive lock, held from construction to destruction. What a killed writer began is
// finished, and temporary files that others left are removed. Throws core::Error (broken) where
// there is no lock file, or when it is not free in time (flock.h).
class ExclusiveState {
 public:
  explicit ExclusiveState(const StateDir& state);

  const LockText& text();
  // Throws core::Error (broken) when it is damaged.
  LockFile load();
  void save(LockFile file);
  // The file's new text; `stamp` says that it is as render_lock_file lays it out. When it cannot be
  // written the old text is there again.
  void replace(std::string_view new_text, bool stamp);

  // For the repair, which has kept what was there: whatever the file held.
  void overwrite(std::string_view new_text);
  bool can_write() const { return cannot_write_ == 0; }

 private:
  void write(const TextChange& change, std::size_t old_size);

  const StateDir& state_;
  platform::Descriptor file_;
  std::optional<LockText> text_;
  int cannot_write_ = 0;  // errno: it could be opened for reading only
};

}  // namespace gs::state
