#pragma once
// The one state directory of a repository (contract, section 5) and how its files are changed.

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "lib/state/files.h"

namespace gs::state {

class StateDir {
 public:
  explicit StateDir(std::filesystem::path root) : root_(std::move(root)) {}

  const std::filesystem::path& root() const { return root_; }
  std::filesystem::path locks() const { return root_ / "file_locks.json"; }
  std::filesystem::path waits() const { return root_ / "lock_waits.json"; }
  std::filesystem::path activity() const { return root_ / "agent_activity.jsonl"; }
  std::filesystem::path warnings() const { return root_ / "conflict_warnings.jsonl"; }
  std::filesystem::path handoffs() const { return root_ / "handoffs.json"; }
  std::filesystem::path streams() const { return root_ / "orchestrator_state.json"; }
  std::filesystem::path tasks() const { return root_ / "tasks.json"; }
  std::filesystem::path logs() const { return root_ / "logs"; }
  std::filesystem::path reports() const { return root_ / "reports"; }

  // Makes the state, with the reference design's initial contents; what is there stays. Where it
  // was made before, a part that has gone is damage and not made again. Throws core::Error (broken)
  // then and when a part cannot be made or is a symbolic link.
  void create() const;
  // Whether it was made at some time. Told by a file beside it, which goes nowhere with it.
  bool was_made() const;

  // Every part that is damaged or has gone: the file and why.
  struct Damage {
    std::filesystem::path file;
    std::string why;
  };
  std::vector<Damage> check() const;

  // Puts a fresh part in the place of each damaged one and keeps the bad one beside it as
  // NAME.bad-YYYYMMDDTHHMMSSZ (numbered if taken); locks that can be read are kept, and the
  // generation counter never goes back. Returns the kept bad files.
  std::vector<std::filesystem::path> repair() const;

 private:
  std::filesystem::path root_;
};

// The redo record and the stamp of file_locks.json (redo_record.h), in the state directory.
inline constexpr char kRedoFile[] = ".file_locks.redo";

// No state file of ours grows beyond this; a larger one is refused unread.
inline constexpr std::size_t kStateLimit = std::size_t{16} << 20;

// Whether the state directory exists. Throws core::Error (broken) when it is a symbolic link or no
// folder, or when it was made and has gone.
bool state_exists(const StateDir& state);

// Throws core::Error (broken): a part of the state that was there has gone.
[[noreturn]] void fail_gone(const std::filesystem::path& part);

// For the repair and the moving of a state: nobody else may do either meanwhile. The folder's own
// lock, which must exist.
class FolderLock {
 public:
  explicit FolderLock(const std::filesystem::path& folder);

 private:
  Descriptor folder_;
};

}  // namespace gs::state
