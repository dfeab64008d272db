#pragma once
// What lets an interrupted start, completion or merge be run again to the same end: one at a time
// in a repository, a record of the running git operation, log lines that are written once.

#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "lib/git/repository.h"
#include "lib/platform/file.h"
#include "lib/session/session.h"
#include "lib/state/journal.h"

namespace gs::streams {

// Told after each step that outlives the process. Tests end the process here (see
// tests/support/interrupted.h); whoever runs the same command again gets to the same end.
using StepWatch = std::function<void(std::string_view step)>;

inline void step_done(const StepWatch& watch, std::string_view step) {
  if (watch) watch(step);
}

// Why something cannot be done, or not yet, and what to do about it (may be empty).
struct Refusal {
  std::string reason, next;
};

// An exclusive lock on COMMONDIR/stream/turn.lock, held until destruction; whoever comes later
// waits. Not inherited by programs that are run meanwhile: what a hook leaves running would hold
// it for ever. It is not the state's lock: gates go on while a large worktree is made.
class RepositoryLock {
 public:
  explicit RepositoryLock(const git::Layout& layout);

 private:
  platform::Descriptor descriptor_;
};

// The running git operation of a start or a merge, as COMMONDIR/stream/NAME.lock: there from before
// git begins until all of it is done. git inherits the open file, locked: it goes on when this
// process is killed, and whoever comes next waits for it. To be used under the RepositoryLock.
class RecoveryRecord {
 public:
  // Waits a minute for a git that is at work still; throws core::Error (broken) then, saying what
  // it does ("making the worktree of stream A") and what to call afterwards.
  RecoveryRecord(const git::Layout& layout, const std::string& name, const std::string& doing,
                 const std::string& again);

  // Whether it was there before: what was begun then was not finished; and what was written of it.
  bool interrupted() const { return interrupted_; }
  const std::string& text() const { return text_; }

  void write(const std::string& text);  // before git begins
  int descriptor() const { return file_.get(); }
  void finish();  // removes it

  static bool pending(const git::Layout& layout, const std::string& name);

 private:
  std::filesystem::path path_;
  platform::Descriptor file_;
  bool interrupted_ = false;
  std::string text_;
};

// The one program that is started meanwhile inherits the record's file, and its lock.
class InheritedRecord {
 public:
  explicit InheritedRecord(const RecoveryRecord& record);
  ~InheritedRecord();
  InheritedRecord(const InheritedRecord&) = delete;
  InheritedRecord& operator=(const InheritedRecord&) = delete;

 private:
  int descriptor_;
};

// The lines of one stream as they were when this was made, and those added since.
class StreamLog {
 public:
  StreamLog(session::Session& session, core::StreamId stream);

  // Unless there is a line of that agent and action with the same values in these fields.
  void add_once(const std::string& agent, const std::string& action,
                std::vector<std::pair<std::string, std::string>> fields,
                const std::vector<std::string_view>& same);
  const std::vector<state::Activity>& lines() const { return lines_; }

 private:
  session::Session& session_;
  core::StreamId stream_;
  std::vector<state::Activity> lines_;
};

}  // namespace gs::streams
