#pragma once
// What the processes of a stress run tell of themselves, and the judgement on it.

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "lib/core/lock.h"
#include "lib/state/journal.h"

namespace gs::stress {

// Throws std::runtime_error.
void require(bool fine, const std::string& what);

// A file to which each holder appends a line when it enters and when it leaves a path. It knows
// nothing of locks.
class Witness {
 public:
  explicit Witness(std::filesystem::path file) : file_(std::move(file)) {}

  // "enter PATH HOLDER GENERATION EXPIRES NOW", or "leave …", for each lock, in one write.
  void note(const char* what, const std::vector<core::Lock>& locks, int holder) const;

  struct Verdict {
    std::uint64_t entered = 0, expired = 0;  // expired: never left, and their leases ended
  };
  // Throws when two were in one path at once, or a later holder had a lower generation.
  Verdict judge() const;

 private:
  std::filesystem::path file_;
};

// Counters in memory that all processes share and that outlive the killed.
struct Tally {
  struct Count {
    std::atomic<std::uint64_t> begun{0}, done{0};
  };
  Count locked, released;
  std::atomic<std::uint64_t> turns[512]{};  // by holder
  std::atomic<int> asking{0};               // a process that is about to get a lock
  std::atomic<int> staying{0};              // a process that is in and not about to leave

  static Tally& make_shared();
};

// Appends the line and counts it, before and after.
void log_turn(const std::filesystem::path& log, const std::string& agent, const char* action,
              Tally::Count& count);
// Each line that was begun and finished is there once; those between may be. Throws otherwise.
void judge_log(const state::LogRead& log, const Tally& tally);

}  // namespace gs::stress
