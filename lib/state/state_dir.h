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

  // Makes what is missing, with the reference design's initial contents; touches nothing else.
  // Throws core::Error (broken) when a part cannot be made or is a symbolic link.
  void create() const;

  // Every JSON state file that is damaged: the file and why.
  struct Damage {
    std::filesystem::path file;
    std::string why;
  };
  std::vector<Damage> check() const;

  // Puts a fresh file in the place of each damaged one and keeps the bad one beside it as
  // NAME.bad-YYYYMMDDTHHMMSSZ (numbered if taken); locks that can be read are kept, and the
  // generation counter never goes back. Returns the kept bad files.
  std::vector<std::filesystem::path> repair() const;

 private:
  std::filesystem::path root_;
};

// The one lock under which every JSON file of a state directory is changed.

// Its name in the state directory. lock_file.cpp keeps the lock file's stamp in it.
inline constexpr char kExclusiveFile[] = ".lock";

// Held from construction to destruction. Temporary files that killed writers left are removed.
// Throws core::Error (broken) when the state directory is missing or a symbolic link.
class ExclusiveState {
 public:
  explicit ExclusiveState(const StateDir& state);

 private:
  FileLock lock_;
};

// No state file of ours grows beyond this; a larger one is refused unread.
inline constexpr std::size_t kStateLimit = std::size_t{16} << 20;

// Throws core::Error (broken) when the state directory is a symbolic link or no folder; returns
// whether it exists.
bool state_exists(const StateDir& state);

}  // namespace gs::state
