#pragma once
// What every store that is one table, moved by compare-and-swap, does around that: one run of
// something that changes this clone's memory. docs/decisions/coordination.md has the protocol.

#include <chrono>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "lib/coordination/lease_store.h"
#include "lib/coordination/memory_file.h"
#include "lib/state/files.h"

namespace gs::coordination {

enum class SwapAnswer {
  moved,
  stale,    // the store is not, or not any more, where it was expected: this was not made
  refused,  // nor was this: the store does not want it
  stopped,  // nor was this, and it is not to be tried again: the outcome is empty
  unknown,  // no answer, or none that is understood: it may have been made
};
struct SwapResult {
  SwapAnswer answer = SwapAnswer::unknown;
  std::string why;
};

// Makes a folder of the clone, and those above it. Throws core::Error (broken).
void make_folder(const std::filesystem::path& folder);

// Nobody else's run in this clone is at the same time.
class TableTurn {
 public:
  // patience: with other hosts' changes that come first.
  TableTurn(const MemoryFile& file, std::filesystem::path activity,
            std::chrono::milliseconds patience);
  virtual ~TableTurn() = default;
  TableTurn(const TableTurn&) = delete;
  TableTurn& operator=(const TableTurn&) = delete;

  // What the store holds now is known from here on. Returns own changes that turned out to be made.
  std::vector<Unanswered> refresh();
  // As LeaseStore::change.
  ChangeOutcome change(const ChangeRequest& request);
  SeenLeases seen() const;

 protected:
  // "the leases of URL"
  virtual std::string name() const = 0;
  // The store now; no tip where there is none yet. Throws core::Error (broken).
  virtual Snapshot read_table() = 0;
  // What its history has where the remembered tip must be: as for history_fault().
  virtual std::optional<std::string> tip_before(const Snapshot& read) = 0;
  // The snapshot that a change would make of the one that is known; not in the store yet. Its tip
  // may be missing until it was swapped.
  virtual Snapshot write(const LeaseTable& table) = 0;
  // In place of the known one, and of no other.
  virtual SwapResult swap(Snapshot& next) = 0;
  // The store refuses. Throws core::Error, after saving what is remembered; otherwise it is tried
  // again.
  virtual void refused(const SwapResult& result) = 0;

  const MemoryFile& file() const { return file_; }
  ClonesMemory& memory() { return memory_; }
  const ClonesMemory& memory() const { return memory_; }

 private:
  void check_history(const Snapshot& snapshot);
  std::vector<Unanswered> take_in(const Snapshot& snapshot);
  void begin_store();

  const MemoryFile& file_;
  const std::filesystem::path activity_;
  const std::chrono::milliseconds patience_;
  const state::FileLock lock_;
  ClonesMemory memory_;
};

}  // namespace gs::coordination
