#include "tests/stress/worker.h"

#include <algorithm>
#include <thread>
#include <unistd.h>

#include "lib/state/clock.h"

namespace gs::stress {

using std::chrono::milliseconds;

std::vector<std::string> paths() {
  std::vector<std::string> all;
  for (int i = 0; i < 20; ++i) all.push_back("llm/module_" + std::to_string(i) + ".py");
  return all;
}

Worker::Worker(const Run& run, int number, bool waits)
    : run_(run), number_(number), waits_(waits), random_(static_cast<unsigned>(number)) {
  request_.agent = "agent-S" + std::to_string(number);
  request_.stream = "S";
  request_.ttl = run.ttl;
}

void Worker::work(std::chrono::steady_clock::time_point end) {
  bool got = false;
  do {
    got |= turn();
  } while (std::chrono::steady_clock::now() < end || !got);
}

bool Worker::turn() {
  choose();
  run_.tally.asking = getpid();
  const auto outcome =
      waits_ ? state::acquire_waiting(run_.state, request_, state::now() + core::Seconds{60})
             : state::acquire(run_.state, request_, state::now());
  run_.tally.asking = 0;
  if (!outcome.held.empty()) {
    if (!waits_) std::this_thread::sleep_for(milliseconds(1 + random_() % 20));
    return false;
  }
  require(outcome.taken.size() == request_.paths.size(), "not all, and not nothing");
  run_.witness.note("enter", outcome.taken, number_);
  log_turn(run_.state.activity(), request_.agent, "locked", run_.tally.locked);
  stay();
  ++run_.tally.turns[static_cast<std::size_t>(number_) % std::size(run_.tally.turns)];
  run_.witness.note("leave", outcome.taken, number_);
  const auto left = state::release(run_.state, {}, request_.agent, false, state::now());
  require(left.released.size() == outcome.taken.size() || run_.ttl < core::Seconds{60},
          "a lock was lost");
  log_turn(run_.state.activity(), request_.agent, "released", run_.tally.released);
  return true;
}

// Only those who wait stay: the others fill the time with taking and releasing.
void Worker::stay() {
  if (!waits_ || run_.longest_stay == 0) return;
  run_.tally.staying = getpid();
  std::this_thread::sleep_for(milliseconds(random_() % run_.longest_stay));
  run_.tally.staying = 0;
}

void Worker::choose() {
  request_.paths = paths();
  std::shuffle(request_.paths.begin(), request_.paths.end(), random_);
  const std::size_t most = run_.most_paths;
  request_.paths.resize(most < request_.paths.size() ? 1 + random_() % most : most);
}

}  // namespace gs::stress
