#pragma once
// One of the many processes of a stress run.

#include <chrono>
#include <random>
#include <string>
#include <vector>

#include "lib/state/locks.h"
#include "tests/stress/witness.h"

namespace gs::stress {

// The 20 that all fight for.
std::vector<std::string> paths();

// One run: its state, its witness, and how its processes behave.
struct Run {
  explicit Run(const std::filesystem::path& folder)
      : state(folder / "state"), witness(folder / "witness") {
    state.create();
  }

  state::StateDir state;
  Witness witness;
  Tally& tally = Tally::make_shared();
  std::size_t most_paths = 5;
  core::Seconds ttl{3600};
  unsigned longest_stay = 0;  // milliseconds
};

// Wants some of the paths, enters, leaves, releases.
class Worker {
 public:
  Worker(const Run& run, int number, bool waits);
  // Once at least, then until the time is up.
  void work(std::chrono::steady_clock::time_point end);

 private:
  bool turn();
  void choose();
  void stay();

  const Run& run_;
  int number_;
  bool waits_;
  std::mt19937 random_;
  state::LockRequest request_;
};

}  // namespace gs::stress
